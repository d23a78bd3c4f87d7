import { unwrapKey } from '@baton/event-store';
import { deriveKey } from '@baton/service';
import type pg from 'pg';

/** The label under which the orchestrator derives the key that wraps its data keys (`key-labels.ts` there). */
const KEK_LABEL = 'orchestrator data-key encryption';

/** Whether a root secret opens the data keys of a database; undefined where it has none yet. */
export const opensDataKeys = async (
  client: pg.ClientBase,
  rootSecret: string,
): Promise<boolean | undefined> => {
  const { rows } = await client.query<{ wrapped: string }>(
    'SELECT wrapped FROM orchestrator.data_keys WHERE wrapped IS NOT NULL LIMIT 1',
  );
  if (!rows[0]) return undefined;
  try {
    unwrapKey(rows[0].wrapped, deriveKey(rootSecret, KEK_LABEL));
    return true;
  } catch {
    return false;
  }
};
