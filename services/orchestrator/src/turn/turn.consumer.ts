import { defer, type Deferral, HandleEvents } from '@baton/bus';
import { isBatonError, type RecordedEvent, subjects } from '@baton/contracts';
import { InboxRepository } from '@baton/event-store';
import { Controller, Logger } from '@nestjs/common';

import { TurnWorker } from './turn.worker.js';

/** What may mean that an AI turn is due. */
const NEWS = [
  'conversation.message_received',
  'conversation.turn_completed',
  'conversation.returned_to_ai',
  'conversation.handover_cancelled',
  'conversation.turn_resumed',
];
const CONSUMER = 'orchestrator-turns';
/** Turns that run and turns that wait for a slot: {@link TurnSlots} says how many may run. */
const MAX_IN_FLIGHT = 256;
/** After so many failures of one turn a person gets it; a crash alone, or a part that is down, counts for nothing. */
const MAX_FAILURES = 5;

/**
 * Hears that a conversation may need its AI turn. The message is only news: the log says what is to be done.
 * It is acknowledged when the turn is in the log, so a crash brings it back.
 */
@Controller()
export class TurnConsumer {
  private readonly logger = new Logger('TurnConsumer');

  constructor(
    private readonly worker: TurnWorker,
    private readonly failures: InboxRepository,
  ) {}

  @HandleEvents({
    consumer: CONSUMER,
    subject: NEWS.map(subjects.eventsOfType),
    maxInFlight: MAX_IN_FLIGHT,
  })
  async hear(event: RecordedEvent): Promise<Deferral | undefined> {
    try {
      await this.worker.endCancelledRun(event);
      const again = await this.worker.drive(event.tenant_id, event.stream_id, event.version);
      return again === undefined ? undefined : defer(again);
    } catch (error) {
      await this.failed(event, error);
      return undefined;
    }
  }

  private async failed(event: RecordedEvent, error: unknown): Promise<void> {
    if (isBatonError(error) && error.retryable && error.code !== 'internal') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const failures = await this.failures.countFailure(CONSUMER, event, reason);
    this.logger.error({ err: error, conversation_id: event.stream_id, failures }, 'A turn failed');
    if (failures < MAX_FAILURES) throw error;
    await this.worker.giveUp(event.tenant_id, event.stream_id, 'The assistant failed repeatedly');
  }
}
