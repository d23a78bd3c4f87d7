import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, BatonError, logRequests } from '@baton/contracts';
import { EventStore } from '@baton/event-store';
import { Controller } from '@nestjs/common';

type ReadLog = typeof logRequests.queueManager;

/** The log of agents and items, for those who follow it. */
@Controller()
export class LogController {
  constructor(private readonly store: EventStore) {}

  @HandleRequest(logRequests.queueManager)
  async read({ ctx, body: { stream, log, limit } }: BusRequest<ReadLog>): Promise<AnswerOf<ReadLog>> {
    if (log) return this.store.readLogSealed({ streamTypes: log.stream_types, after: log.after, limit });
    if (!stream) throw new BatonError('validation-failed', 'Say which stream, or the log');
    const events = await this.store.readStreamSealed(
      { tenantId: ctx.tenant_id, streamType: stream.stream_type, streamId: stream.stream_id },
      { afterVersion: stream.after_version, limit },
    );
    return { events, next: null };
  }
}
