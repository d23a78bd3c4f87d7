import type { RecordedEvent } from '@baton/contracts';
import type { InboxMark, Outcome } from '@baton/event-store';
import { Injectable } from '@nestjs/common';

import { MemoryStreamRepository } from './memory-stream.repository.js';

/** Deletes what is remembered of an erased conversation and refuses what may still come; idempotent. */
@Injectable()
export class ForgetConversationHandler {
  constructor(private readonly streams: MemoryStreamRepository) {}

  handle(
    tenantId: string,
    conversationId: string,
    from?: { readonly mark: InboxMark; readonly cause: RecordedEvent },
  ): Promise<Outcome> {
    return this.streams.change({
      tenantId,
      conversationId,
      command: { type: 'ForgetConversation', conversation_id: conversationId },
      ...from,
    });
  }
}
