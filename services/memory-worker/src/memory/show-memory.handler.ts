import type { ConversationMemoryView } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { MemoryRepository, type MemoryRow } from './memory.repository.js';

/** More than a person reads, and less than a message of the bus carries (1 MiB, and JSON adds to it). */
const MOST_MEMORIES = 2000;
const MOST_BYTES = 600_000;

/** A conversation's memory as it is shown: oldest first; of a very long one the newest part. */
@Injectable()
export class ShowMemoryHandler {
  constructor(private readonly memories: MemoryRepository) {}

  async handle(tenantId: string, conversationId: string): Promise<ConversationMemoryView> {
    const rows = await this.memories.ofConversation(tenantId, conversationId, MOST_MEMORIES + 1);
    const summary = rows.find((row) => row.kind === 'summary');
    return {
      summary: summary?.content ?? null,
      summarized_through_turn: summary?.turn_number ?? 0,
      memories: fitting(rows)
        .reverse()
        .flatMap(({ memory_id, kind, content, turn_number }) =>
          kind === 'summary' ? [] : [{ memory_id, kind, content, turn_number }],
        ),
    };
  }
}

const fitting = (rows: readonly MemoryRow[]): MemoryRow[] => {
  let bytes = 0;
  const last = rows.findIndex((row) => (bytes += Buffer.byteLength(JSON.stringify(row))) > MOST_BYTES);
  return rows.slice(0, last === -1 ? rows.length : last);
};
