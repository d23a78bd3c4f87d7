import type { VectorKind } from './memories.js';

/** Asks for the type that the first migration gave the vectors; $1 is the table with its schema. */
export const VECTOR_TYPE_SQL = `
  SELECT t.typname AS type FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
   WHERE a.attrelid = $1::regclass AND a.attname = 'embedding'`;

export const vectorKindOf = (rows: readonly { readonly type: string }[]): VectorKind =>
  rows[0]?.type === 'vector' ? 'pgvector' : 'exact';
