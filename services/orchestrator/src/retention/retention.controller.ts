import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, retentionRequests as requests } from '@baton/contracts';
import { CONFIG } from '@baton/service';
import { Controller, Inject } from '@nestjs/common';

import type { OrchestratorConfig } from '../config.js';
import { ArchiveRepository } from './archive.repository.js';
import { RetentionRepository } from './retention.repository.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** What a tenant says of conversations whose time is over, and what it kept of them. */
@Controller()
export class RetentionController {
  constructor(
    private readonly repository: RetentionRepository,
    private readonly archive: ArchiveRepository,
    @Inject(CONFIG) private readonly config: OrchestratorConfig,
  ) {}

  @HandleRequest(requests.get)
  async get({ ctx }: Request<'get'>): Answer<'get'> {
    return { days: this.config.BATON_RETENTION_DAYS, action: await this.repository.action(ctx.tenant_id) };
  }

  @HandleRequest(requests.set)
  async set({ ctx, body }: Request<'set'>): Answer<'set'> {
    await this.repository.choose(ctx.tenant_id, body.action);
    return { days: this.config.BATON_RETENTION_DAYS, action: body.action };
  }

  @HandleRequest(requests.listArchive)
  list({ ctx, body }: Request<'listArchive'>): Answer<'listArchive'> {
    return this.archive.list(ctx.tenant_id, body);
  }

  @HandleRequest(requests.readArchive)
  read({ ctx, body }: Request<'readArchive'>): Answer<'readArchive'> {
    return this.archive.read(ctx.tenant_id, body.conversation_id, body);
  }
}
