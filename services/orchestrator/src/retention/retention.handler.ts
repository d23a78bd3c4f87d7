import type { ArchivedView, EventView, Page, RetentionAction, RetentionView } from '@baton/contracts';

import type { ArchiveRepository } from './archive.repository.js';
import type { RetentionRepository } from './retention.repository.js';

interface PageOf {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What a tenant says of conversations whose time is over, and what was kept of them. */
export class RetentionHandler {
  constructor(
    private readonly repository: RetentionRepository,
    private readonly archive: ArchiveRepository,
    private readonly days: number,
  ) {}

  async policy(tenantId: string): Promise<RetentionView> {
    return { days: this.days, action: await this.repository.action(tenantId) };
  }

  async choose(tenantId: string, action: RetentionAction): Promise<RetentionView> {
    await this.repository.choose(tenantId, action);
    return { days: this.days, action };
  }

  archived(tenantId: string, page: PageOf): Promise<Page<ArchivedView>> {
    return this.archive.list(tenantId, page);
  }

  archivedEvents(tenantId: string, conversationId: string, page: PageOf): Promise<Page<EventView>> {
    return this.archive.read(tenantId, conversationId, page);
  }
}
