import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, staffRequests as requests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { soonOr } from '../log/soon.js';
import { QueueItemReads } from './queue-item.reads.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** Whoever has just handed over may ask before the news of it has come here. */
const HANDOVER_ARRIVES_WITHIN_MS = 400;

/** The door of the queue: who waits, where, and how long probably. */
@Controller()
export class QueueController {
  constructor(private readonly items: QueueItemReads) {}

  @HandleRequest(requests.listQueue)
  list({ ctx, body }: Request<'listQueue'>): Answer<'listQueue'> {
    return this.items.list(ctx.tenant_id, body);
  }

  @HandleRequest(requests.queuePosition)
  async position({ ctx, body }: Request<'queuePosition'>): Answer<'queuePosition'> {
    const found = await soonOr(
      () => this.items.estimate(ctx.tenant_id, body.handover_id),
      (seen) => seen !== undefined,
      HANDOVER_ARRIVES_WITHIN_MS,
    );
    return found ?? null;
  }
}
