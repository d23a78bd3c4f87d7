import { type BusRequest, HandleRequest } from '@baton/bus';
import { type LogPage, logRequests } from '@baton/contracts';
import { EventStore, readLogPage } from '@baton/event-store';
import { Controller } from '@nestjs/common';

/** The log of agents and items, for those who follow it. */
@Controller()
export class LogController {
  constructor(private readonly store: EventStore) {}

  @HandleRequest(logRequests.queueManager)
  read({ ctx, body }: BusRequest<typeof logRequests.queueManager>): Promise<LogPage> {
    return readLogPage(this.store, ctx, body);
  }
}
