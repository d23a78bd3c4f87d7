import { type MemoryEvent, type RecordedEvent } from '@baton/contracts';
import { ERASED, type EventStore } from '@baton/event-store';

import { memoryRows, type RecordedMemoryEvent } from '../memory/memory.projection.js';
import type { MemoryRepository } from '../memory/memory.repository.js';
import { streamOf } from '../memory/memory-stream.repository.js';
import type { VectorStore } from '../retrieval/vector-store.js';

const PAGE = 1000;
const AT_ONCE = 16;

interface Conversation {
  readonly tenantId: string;
  readonly conversationId: string;
}

/**
 * Makes the rows of `memories` again from the log of memories; no model is called. Conversation by
 * conversation, while others write: what is newer than a conversation's fold stays.
 */
export class MemoriesRebuild {
  constructor(
    private readonly store: EventStore,
    private readonly memories: MemoryRepository,
    private readonly vectors: VectorStore,
  ) {}

  /** @returns how many conversations were made again */
  async run(): Promise<number> {
    const conversations = [...(await this.conversations()).values()];
    const rest = conversations.values();
    // One iterator shared by all: each takes the next when it is done with one.
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const conversation of rest) await this.rebuild(conversation);
      }),
    );
    return conversations.length;
  }

  /** Those that the log knows, and those that only the read model knows: their rows have to go. */
  private async conversations(): Promise<Map<string, Conversation>> {
    const found = new Map<string, Conversation>();
    const add = (tenantId: string, conversationId: string): void => {
      found.set(`${tenantId}/${conversationId}`, { tenantId, conversationId });
    };
    for (const row of await this.memories.conversations()) add(row.tenant_id, row.conversation_id);
    for (let after: string | null = null; ;) {
      const page = await this.store.sealed.log({ streamTypes: ['memory'], after, limit: PAGE });
      if (page.events.length === 0) return found;
      for (const event of page.events) add(event.tenant_id, event.stream_id);
      after = page.next;
    }
  }

  private async rebuild({ tenantId, conversationId }: Conversation): Promise<void> {
    const events: RecordedEvent[] = [];
    for (;;) {
      const afterVersion = events.at(-1)?.version ?? 0;
      const page = await this.store.readStream(streamOf(tenantId, conversationId), {
        afterVersion,
        limit: PAGE,
      });
      events.push(...page);
      if (page.length < PAGE) break;
    }
    const last = events.at(-1);
    const rows = last?.type === 'memory.forgotten' ? [] : this.rows(tenantId, events);
    await this.memories.replace(tenantId, conversationId, last?.version ?? 0, rows);
  }

  private rows(tenantId: string, events: readonly RecordedEvent[]): Record<string, unknown>[] {
    // Erased, and its `memory.forgotten` is still to come: there is nothing to make rows of.
    const readable = events.filter((event) => event.data['embedding'] !== ERASED);
    const { memories = [] } = memoryRows(
      tenantId,
      readable as unknown as (RecordedMemoryEvent & MemoryEvent)[],
      (embedding) => this.vectors.rowValue(embedding),
    );
    // Of what is there once, the latest: PostgreSQL takes no row twice in one statement.
    return [...new Map(memories.map((row) => [row['slot'], row])).values()];
  }
}
