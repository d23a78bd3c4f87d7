import { deadLetterController, TenantDeadLetters } from '@baton/event-store';
import { Module } from '@nestjs/common';

import { DeadLetterController } from './dead-letter.controller.js';
import { DeadLetterHandler } from './dead-letter.handler.js';
import { ProcessRollCall } from './process-roll-call.js';
import { SystemController } from './system.controller.js';

/** Whether Baton is healthy, and what it gave up on: for those who run it. */
@Module({
  // The gateway has no log, but consumers and with them dead letters of its own.
  controllers: [SystemController, DeadLetterController, deadLetterController('gateway')],
  providers: [DeadLetterHandler, ProcessRollCall, TenantDeadLetters],
})
export class OperationsModule {}
