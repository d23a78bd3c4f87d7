import { type BusRequest, HandleRequest } from '@baton/bus';
import { BatonError, type LogPage, logRequests } from '@baton/contracts';
import { EventStore } from '@baton/event-store';
import { Controller } from '@nestjs/common';

/** An event is under 1 KB, a message of the bus 1 MiB. */
const LARGEST_PAGE = 500;

/** This service's log, for those who keep a projection of it. */
@Controller()
export class EventLogController {
  constructor(private readonly store: EventStore) {}

  @HandleRequest(logRequests.llmRouter)
  async read({ ctx, body }: BusRequest<typeof logRequests.llmRouter>): Promise<LogPage> {
    if (body.stream) {
      const { stream_type, stream_id, after_version } = body.stream;
      const ref = { tenantId: ctx.tenant_id, streamType: stream_type, streamId: stream_id };
      const events = await this.store.readStreamSealed(ref, {
        afterVersion: after_version,
        limit: Math.min(body.limit, LARGEST_PAGE),
      });
      return { events, next: null };
    }
    if (!body.log) throw new BatonError('validation-failed', 'stream or log is needed');
    return this.store.readLogSealed({
      streamTypes: body.log.stream_types,
      after: body.log.after,
      limit: Math.min(body.limit, LARGEST_PAGE),
    });
  }
}
