import type { RecordedEvent } from '@baton/contracts';
import type { InboxMark } from '@baton/event-store';
import { Injectable } from '@nestjs/common';

import { ConversationCustomers } from './conversation-customers.client.js';
import { MemoryStreamRepository } from './memory-stream.repository.js';

/** `conversation.started`: nothing to write, but what it says saves its first turn two reads. */
@Injectable()
export class BeginConversationHandler {
  constructor(
    private readonly streams: MemoryStreamRepository,
    private readonly customers: ConversationCustomers,
  ) {}

  handle(event: RecordedEvent, mark: InboxMark): 'skipped' {
    this.customers.learn(event);
    if (mark.expected === 0) this.streams.assumeNew(event.tenant_id, event.stream_id);
    return 'skipped';
  }
}
