import { BatonError, type EventView, isBatonError } from '@baton/contracts';
import { type Clock, newId } from '@baton/service';

import type { ConversationReads } from '../conversation/conversation.reads.js';
import { systemContext } from '../conversation/system-context.js';
import type { Conversation } from '../conversation/conversation.state.js';
import type { EraseHandler } from '../conversation/erase.handler.js';
import type { ArchiveRepository } from './archive.repository.js';
import type { EndedConversation } from './retention.repository.js';

const WITHIN_MS = 10_000;
const PAGE = 500;

/** Takes a conversation out of service whose time is over: erases it, with a sealed copy first where the tenant says so. */
export class ExpireConversationHandler {
  constructor(
    private readonly erasure: EraseHandler,
    private readonly reads: ConversationReads,
    private readonly archive: ArchiveRepository,
    private readonly clock: Clock,
  ) {}

  /** @returns false where it is not over after all: the customer wrote again meanwhile */
  async handle(ended: EndedConversation, before: Date): Promise<boolean> {
    const { tenant_id, conversation_id, action } = ended;
    const now = this.clock.now();
    if (action === 'archive')
      await this.archive.save(tenant_id, conversation_id, await this.log(tenant_id, conversation_id), now);
    try {
      await this.erasure.handle(
        systemContext(tenant_id, newId('req')),
        { conversation_id },
        now.getTime() + WITHIN_MS,
        { only: (state) => refuseUnlessOver(state, before), keepArchive: true },
      );
      return true;
    } catch (error) {
      if (!isBatonError(error, 'invalid-transition')) throw error;
      if (action === 'archive') await this.archive.delete(tenant_id, conversation_id);
      return false;
    }
  }

  private async log(tenantId: string, conversationId: string): Promise<EventView[]> {
    const events: EventView[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await this.reads.events(tenantId, conversationId, { limit: PAGE, cursor });
      events.push(...page.items);
      if (page.next_cursor === null) return events;
      cursor = page.next_cursor;
    }
  }
}

/** The log decides, not the row that led here. */
const refuseUnlessOver = (state: Conversation, before: Date): void => {
  if (state.status === 'FINISHED' || state.status === 'RESOLVED') {
    if (Date.parse(state.updated_at) < before.getTime() && state.collecting === null) return;
  }
  throw new BatonError('invalid-transition', 'The conversation is not over', {
    details: { state: state.status },
  });
};
