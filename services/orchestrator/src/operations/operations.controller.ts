import { type BusRequest, HandleRequest } from '@baton/bus';
import { type OpenWork, operationsRequests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { OpenWorkReads } from './open-work.reads.js';

/** The door for those who look after the AI's work. */
@Controller()
export class OperationsController {
  constructor(private readonly work: OpenWorkReads) {}

  @HandleRequest(operationsRequests.openWork)
  openWork({ ctx }: BusRequest<typeof operationsRequests.openWork>): Promise<OpenWork> {
    return this.work.of(ctx.tenant_id);
  }
}
