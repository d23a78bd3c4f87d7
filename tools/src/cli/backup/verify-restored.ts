import type pg from 'pg';

import { copyOut } from './copy.js';
import type { Manifest } from './manifest.js';

export interface Verification {
  /** Each difference, for a person; none where all is as it was. */
  readonly differences: readonly string[];
  readonly tables: number;
  readonly rows: number;
  readonly streams: number;
}

/**
 * Holds what is in the database against what was in the backup: every table row for row, each log without a gap, and
 * the read models, which were told again from the log meanwhile: they are what they were only where the state of every
 * conversation is the fold of its events.
 * @param sameKeys false where keys of a later day were used: what was erased since is told as erased
 */
export const verifyRestored = async (
  client: pg.Client,
  manifest: Manifest,
  sameKeys: boolean,
): Promise<Verification> => {
  const differences: string[] = [];
  let rows = 0;
  for (const table of manifest.tables) {
    const now = await copyOut(client, table);
    rows += now.rows;
    const name = `${table.schema}.${table.table}`;
    // Keys of a later day: what was erased since is no longer in the read models.
    if (table.fate === 'rebuilt' && !sameKeys) continue;
    if (now.rows !== table.rows) differences.push(`${name} has ${now.rows} rows, the backup ${table.rows}`);
    else if (now.sha256 !== table.sha256)
      differences.push(
        table.fate === 'rebuilt'
          ? `${name}, told again from the log, is not what it was`
          : `${name} has other rows than the backup`,
      );
  }
  let streams = 0;
  for (const [schema, last] of Object.entries(manifest.last_positions)) {
    const log = await client.query<{ streams: string; broken: string; last: string }>(
      `SELECT count(*) AS streams, count(*) FILTER (WHERE first <> 1 OR versions <> events) AS broken,
              coalesce(max(last), 0) AS last
         FROM (SELECT min(version) AS first, max(version) AS versions, count(*) AS events, max(global_position) AS last
                 FROM ${schema}.events GROUP BY tenant_id, stream_type, stream_id) s`,
    );
    const [found] = log.rows;
    streams += Number(found?.streams ?? 0);
    if (Number(found?.broken ?? 0) > 0)
      differences.push(`${schema}.events: ${found?.broken} streams have gaps`);
    if (Number(found?.last ?? 0) !== last)
      differences.push(`${schema}.events ends at position ${found?.last}, the backup at ${last}`);
  }
  return { differences, tables: manifest.tables.length, rows, streams };
};

/** Conversations whose key was destroyed behind the backup: what the log does not know yet. */
export const erasedSince = async (
  client: pg.Client,
): Promise<{ tenant_id: string; conversation_id: string }[]> => {
  const { rows } = await client.query<{ tenant_id: string; conversation_id: string }>(
    `SELECT c.tenant_id, c.conversation_id FROM orchestrator.conversations c
       JOIN orchestrator.data_keys k ON k.tenant_id = c.tenant_id AND k.key_id = 'conversation/' || c.conversation_id
      WHERE k.erased_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM orchestrator.events e
                         WHERE e.tenant_id = c.tenant_id AND e.stream_type = 'conversation'
                           AND e.stream_id = c.conversation_id AND e.type = 'conversation.erased')
      ORDER BY 1, 2`,
  );
  return rows;
};
