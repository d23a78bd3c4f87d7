import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, connectionRequests as requests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { BeginConnectionHandler } from './begin-connection.handler.js';
import { CompleteConnectionHandler } from './complete-connection.handler.js';
import { ConnectionReads } from './connection.reads.js';
import { DeleteConnectionHandler } from './delete-connection.handler.js';
import { ProviderList } from './provider-list.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** The door to connections. */
@Controller()
export class ConnectionController {
  constructor(
    private readonly beginning: BeginConnectionHandler,
    private readonly completing: CompleteConnectionHandler,
    private readonly deleting: DeleteConnectionHandler,
    private readonly reads: ConnectionReads,
    private readonly providers: ProviderList,
  ) {}

  @HandleRequest(requests.begin)
  begin({ ctx, body }: Request<'begin'>): Answer<'begin'> {
    return this.beginning.handle(ctx, body);
  }

  @HandleRequest(requests.complete)
  complete({ body }: Request<'complete'>): Answer<'complete'> {
    return this.completing.handle(body);
  }

  @HandleRequest(requests.list)
  list({ ctx, body }: Request<'list'>): Answer<'list'> {
    return this.reads.list(ctx.tenant_id, body);
  }

  @HandleRequest(requests.get)
  get({ ctx, body }: Request<'get'>): Answer<'get'> {
    return this.reads.get(ctx.tenant_id, body.connection_id);
  }

  @HandleRequest(requests.listProviders)
  listProviders({ ctx, body }: Request<'listProviders'>): Answer<'listProviders'> {
    return this.providers.page(ctx.tenant_id, body);
  }

  @HandleRequest(requests.delete)
  async delete({ ctx, body, deadline }: Request<'delete'>): Answer<'delete'> {
    await this.deleting.handle(ctx, body.connection_id, deadline);
    return null;
  }
}
