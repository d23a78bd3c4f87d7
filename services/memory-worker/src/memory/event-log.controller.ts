import { type BusRequest, HandleRequest } from '@baton/bus';
import { type LogPage, logRequests } from '@baton/contracts';
import { EventStore, readLogPage } from '@baton/event-store';
import { Controller } from '@nestjs/common';

/** Answers who reads the log of memories: personal fields stay sealed. */
@Controller()
export class EventLogController {
  constructor(private readonly store: EventStore) {}

  @HandleRequest(logRequests.memoryWorker)
  read({ ctx, body }: BusRequest<typeof logRequests.memoryWorker>): Promise<LogPage> {
    return readLogPage(this.store, ctx, body);
  }
}
