import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, retentionRequests as requests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { RetentionHandler } from './retention.handler.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** What a tenant says of conversations whose time is over, and what it kept of them. */
@Controller()
export class RetentionController {
  constructor(private readonly retention: RetentionHandler) {}

  @HandleRequest(requests.get)
  get({ ctx }: Request<'get'>): Answer<'get'> {
    return this.retention.policy(ctx.tenant_id);
  }

  @HandleRequest(requests.set)
  set({ ctx, body }: Request<'set'>): Answer<'set'> {
    return this.retention.choose(ctx.tenant_id, body.action);
  }

  @HandleRequest(requests.listArchive)
  list({ ctx, body }: Request<'listArchive'>): Answer<'listArchive'> {
    return this.retention.archived(ctx.tenant_id, body);
  }

  @HandleRequest(requests.readArchive)
  read({ ctx, body }: Request<'readArchive'>): Answer<'readArchive'> {
    return this.retention.archivedEvents(ctx.tenant_id, body.conversation_id, body);
  }
}
