import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

export interface MemoryRow {
  readonly memory_id: string;
  readonly kind: 'turn' | 'fact' | 'summary';
  readonly content: string;
  readonly turn_number: number;
  readonly created_at: Date;
}

export interface DigestSource {
  readonly summary: string | null;
  readonly turns: readonly { readonly turn_number: number; readonly content: string }[];
  /** What is known of the customer already, newest first. */
  readonly facts: readonly string[];
}

/** Reads the read model of memories. */
@Injectable()
export class MemoryRepository {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  ofConversation(tenantId: string, conversationId: string, limit: number): Promise<MemoryRow[]> {
    return this.database.hot<MemoryRow>(
      `SELECT * FROM ${this.database.schema}.memories_of_conversation($1, $2, $3)`,
      [tenantId, conversationId, limit],
    );
  }

  /** The summary, and whether there is anything to search for a turn of this conversation and customer. */
  async forTurn(
    tenantId: string,
    conversationId: string,
    customerId: string | null,
  ): Promise<{ readonly summary: string | null; readonly searchable: boolean }> {
    const [row] = await this.database.hot<{ summary: string | null; searchable: boolean }>(
      `SELECT * FROM ${this.database.schema}.turn_memory($1, $2, $3)`,
      [tenantId, conversationId, customerId],
    );
    return row ?? { summary: null, searchable: false };
  }

  /** What a digest is made from: the summary so far, these turns, the facts that are known. */
  digestSource(
    tenantId: string,
    conversationId: string,
    customerId: string | null,
    turnNumbers: readonly number[],
    factLimit: number,
  ): Promise<DigestSource> {
    return this.database.tenant(tenantId, async (tenant) => {
      const rows = await tenant.query<{ slot: string; turn_number: number; content: string }>(
        `SELECT slot, turn_number, content FROM memories
          WHERE conversation_id = $1 AND slot = ANY($2) ORDER BY turn_number`,
        [conversationId, ['summary', ...turnNumbers.map((turn) => `turn/${turn}`)]],
      );
      const facts = await tenant.query<{ content: string }>(
        `SELECT content FROM (
           (SELECT slot, content, created_at FROM memories
             WHERE conversation_id = $1 AND kind = 'fact' ORDER BY created_at DESC LIMIT $3)
           UNION
           (SELECT slot, content, created_at FROM memories
             WHERE customer_id = $2 AND kind = 'fact' ORDER BY created_at DESC LIMIT $3)
         ) AS known ORDER BY created_at DESC LIMIT $3`,
        [conversationId, customerId, factLimit],
      );
      return {
        summary: rows.find((row) => row.slot === 'summary')?.content ?? null,
        turns: rows.filter((row) => row.slot !== 'summary'),
        facts: facts.map((row) => row.content),
      };
    });
  }

  /** Replaces one conversation's rows by those that its events through `version` give. */
  async replace(
    tenantId: string,
    conversationId: string,
    version: number,
    rows: readonly Record<string, unknown>[],
  ): Promise<void> {
    await this.database.hot(`SELECT ${this.database.schema}.replace_memories($1, $2, $3, $4)`, [
      tenantId,
      conversationId,
      version,
      JSON.stringify(rows),
    ]);
  }

  /** Every conversation that has rows, of every tenant. */
  conversations(): Promise<{ tenant_id: string; conversation_id: string }[]> {
    return this.database.system(
      `SELECT DISTINCT tenant_id, conversation_id FROM ${this.database.schema}.memories`,
    );
  }
}
