import type { MemoryEvent } from '@baton/contracts';

import { decodeEmbedding, signatureOf } from './embedding-codec.js';

/** A memory event with where and when it was recorded. */
export type RecordedMemoryEvent = MemoryEvent & { readonly version: number; readonly occurred_at: string };

/** Rows by table, as `apply_rows` takes them. */
export type Rows = Record<string, Record<string, unknown>[]>;

/** How the vector store wants a vector in a row. */
export type RowVector = (embedding: string) => string;

/** The read model's rows that follow from one conversation's events. */
export const memoryRows = (
  tenantId: string,
  events: readonly RecordedMemoryEvent[],
  rowVector: RowVector,
): Rows => {
  const memories = events.flatMap((event) => {
    const row = memoryRow(tenantId, event, rowVector);
    return row ? [row] : [];
  });
  const forgotten = events.flatMap((event) =>
    event.type === 'memory.forgotten'
      ? [{ tenant_id: tenantId, conversation_id: event.data.conversation_id }]
      : [],
  );
  return {
    ...(memories.length > 0 && { memories }),
    ...(forgotten.length > 0 && { forgotten_conversations: forgotten }),
  };
};

const memoryRow = (
  tenantId: string,
  event: RecordedMemoryEvent,
  rowVector: RowVector,
): Record<string, unknown> | undefined => {
  switch (event.type) {
    case 'memory.turn_remembered':
      return row(tenantId, event, rowVector, {
        kind: 'turn',
        slot: `turn/${event.data.turn_number}`,
        content: event.data.content,
        turn_number: event.data.turn_number,
      });
    case 'memory.summary_updated':
      return row(tenantId, event, rowVector, {
        kind: 'summary',
        slot: 'summary',
        content: event.data.summary,
        turn_number: event.data.summarized_through_turn,
      });
    case 'memory.fact_recorded':
      return row(tenantId, event, rowVector, {
        kind: 'fact',
        slot: `fact/${event.data.memory_id}`,
        content: event.data.content,
        turn_number: event.data.turn_number,
      });
    case 'memory.digest_due':
    case 'memory.forgotten':
      return undefined;
    default:
      return unknown(event);
  }
};

interface Remembered {
  readonly version: number;
  readonly occurred_at: string;
  readonly data: {
    readonly memory_id: string;
    readonly conversation_id: string;
    readonly customer_id: string | null;
    readonly embedding: string;
    readonly embedding_model: string;
  };
}

const row = (
  tenantId: string,
  { data, version, occurred_at }: Remembered,
  rowVector: RowVector,
  own: {
    readonly kind: string;
    readonly slot: string;
    readonly content: string;
    readonly turn_number: number;
  },
): Record<string, unknown> => {
  const vector = decodeEmbedding(data.embedding);
  return {
    tenant_id: tenantId,
    conversation_id: data.conversation_id,
    memory_id: data.memory_id,
    customer_id: data.customer_id,
    embedding: rowVector(data.embedding),
    embedding_model: data.embedding_model,
    dimensions: vector.length,
    signature: signatureOf(vector),
    version,
    created_at: occurred_at,
    ...own,
  };
};

/** An event of a newer writer has no row; the type check says that none of ours is left out. */
const unknown = (_event: never): undefined => undefined;
