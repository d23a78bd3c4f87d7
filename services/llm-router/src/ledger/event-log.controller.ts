import { type BusRequest, HandleRequest } from '@baton/bus';
import { type LogPage, logRequests } from '@baton/contracts';
import { EventStore, readLogPage } from '@baton/event-store';
import { Controller } from '@nestjs/common';

/** This service's log, for those who keep a projection of it. */
@Controller()
export class EventLogController {
  constructor(private readonly store: EventStore) {}

  @HandleRequest(logRequests.llmRouter)
  read({ ctx, body }: BusRequest<typeof logRequests.llmRouter>): Promise<LogPage> {
    return readLogPage(this.store, ctx, body);
  }
}
