import { createHash } from 'node:crypto';

import { findCheckout, READ_MODELS, rebuildReadModel } from '@baton/system';

import type { Breach } from '../ledger.js';
import type { ChaosSystem } from '../system.js';

/** Its rows, whatever their order, and what they come to. */
const dump = async (
  system: ChaosSystem,
  readModel: string,
): Promise<{ rows: Set<string>; digest: string }> => {
  const schema = (READ_MODELS[readModel] ?? '').replaceAll('-', '_');
  const rows = await system.sql<{ row: string }>(
    `SELECT to_jsonb(t)::text AS row FROM ${schema}.${readModel} t`,
  );
  const sorted = rows.map(({ row }) => row).sort();
  return {
    rows: new Set(sorted),
    digest: createHash('sha256').update(sorted.join('\n')).digest('hex'),
  };
};

/** I10: each read model told again from the log is what it was, row for row. */
export const projectionsAgain = async (
  system: ChaosSystem,
  readModels: readonly string[] = Object.keys(READ_MODELS),
): Promise<Breach[]> => {
  const breaches: Breach[] = [];
  const env = { ...process.env, DATABASE_URL: '', NATS_URL: '', REDIS_URL: '', PORT: '' };
  for (const readModel of readModels) {
    const before = await dump(system, readModel);
    await rebuildReadModel(readModel, { checkout: findCheckout(), dataDir: system.options.dataDir, env });
    const after = await dump(system, readModel);
    if (before.digest === after.digest) continue;
    const changed = [...after.rows].filter((row) => !before.rows.has(row));
    const gone = [...before.rows].filter((row) => !after.rows.has(row));
    breaches.push({
      invariant: 'I10',
      what: `${readModel} told again has ${changed.length} other rows: ${gone[0]?.slice(0, 300)} is ${changed[0]?.slice(0, 300)}`,
    });
  }
  return breaches;
};
