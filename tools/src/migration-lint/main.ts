import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { findCheckout } from '@baton/system';

import { GRANDFATHERED } from './grandfathered.js';
import { digestOf, lintMigrations, offenceLine, type Releases } from './lint.js';
import { loadMigrations } from './load-migrations.js';

/**
 * `npm run lint:migrations`: refuses what replicas of the version before would not survive.
 * `-- --release 0.2.0` notes the migrations that are there as released: from then on they stay as they are, and may be contracted.
 */
const { values } = parseArgs({ options: { release: { type: 'string' } } });
const file = join(findCheckout(), 'deploy/released-migrations.json');
const releases = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Releases;

const migrations = await loadMigrations();
const offences = await lintMigrations(migrations, releases, GRANDFATHERED);
for (const offence of offences) process.stdout.write(`${offenceLine(offence)}\n`);
if (offences.length === 0 && values.release !== undefined) {
  const known = new Set(Object.values(releases).flatMap((each) => Object.keys(each)));
  const added = migrations
    .map((migration) => [`${migration.service}/${migration.name}`, digestOf(migration)] as const)
    .filter(([name]) => !known.has(name));
  writeFileSync(
    file,
    `${JSON.stringify({ ...releases, [values.release]: Object.fromEntries(added) }, null, 2)}\n`,
  );
  process.stdout.write(`${added.length} migrations released with ${values.release}\n`);
}
process.stdout.write(`${migrations.length} migrations, ${offences.length} offences\n`);
process.exitCode = offences.length === 0 ? 0 : 1;
