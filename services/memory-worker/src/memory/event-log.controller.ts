import { type BusRequest, HandleRequest } from '@baton/bus';
import { BatonError, type LogPage, logRequests } from '@baton/contracts';
import { EventStore } from '@baton/event-store';
import { Controller } from '@nestjs/common';

/** What a message of the bus carries is 1 MiB: a page that is larger is halved. */
const MOST_BYTES = 900_000;

/** Answers who reads the log of memories: personal fields stay sealed. */
@Controller()
export class EventLogController {
  constructor(private readonly store: EventStore) {}

  @HandleRequest(logRequests.memoryWorker)
  async read({ ctx, body }: BusRequest<typeof logRequests.memoryWorker>): Promise<LogPage> {
    for (let limit = body.limit; ; limit = Math.floor(limit / 2)) {
      const page = await this.page(ctx.tenant_id, body, limit);
      if (limit === 1 || Buffer.byteLength(JSON.stringify(page)) <= MOST_BYTES) return page;
    }
  }

  private async page(
    tenantId: string,
    body: BusRequest<typeof logRequests.memoryWorker>['body'],
    limit: number,
  ): Promise<LogPage> {
    if (body.stream) {
      const { stream_type: streamType, stream_id: streamId, after_version: afterVersion } = body.stream;
      const events = await this.store.readStreamSealed(
        { tenantId, streamType, streamId },
        { afterVersion, limit },
      );
      return { events, next: null };
    }
    if (body.log) {
      return this.store.readLogSealed({ streamTypes: body.log.stream_types, after: body.log.after, limit });
    }
    throw new BatonError('validation-failed', 'Neither a stream nor a log is asked for');
  }
}
