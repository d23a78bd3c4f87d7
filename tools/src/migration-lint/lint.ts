import { createHash } from 'node:crypto';

import { type LintedMigration, type Offence, type Rule, RULES } from './migration.js';
import { breachesOf } from './offences.js';
import { Schema } from './schema.js';

/** Every release's migrations with the digest of what they run: `{ "0.1.0": { "gateway/Webhooks…": "sha256…" } }`. */
export type Releases = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** An offence that was made before there was this lint, and why it may stay. */
export interface Grandfathered {
  readonly migration: string;
  readonly rules: readonly Rule[];
  readonly reason: string;
}

/** What all migrations of all services, each service's oldest first, do that they must not. */
export const lintMigrations = async (
  migrations: readonly LintedMigration[],
  releases: Releases,
  grandfathered: readonly Grandfathered[] = [],
): Promise<Offence[]> => {
  const offences: Offence[] = [];
  const schemas = new Map<string, Schema>();
  const released = new Map(Object.values(releases).flatMap((each) => Object.entries(each)));
  for (const [index, migration] of migrations.entries()) {
    const { service, name } = migration;
    const schema = schemas.get(service) ?? new Schema();
    schemas.set(service, schema);
    const offend = (rule: Rule, what: string): void =>
      void offences.push({ service, migration: name, rule, what });

    const earlier = migrations.slice(0, index).filter((each) => each.service === service);
    const breaches = await breachesOf(migration, schema);
    const isContract = contractOf(migration, earlier, released, offend);
    const pardoned = new Set(
      grandfathered.filter((each) => each.migration === name).flatMap(({ rules }) => rules),
    );
    for (const [rule, what] of breaches) {
      if (pardoned.has(rule) || migration.allows[rule]?.trim()) continue;
      if (!(RULES[rule].isContract && isContract)) offend(rule, what);
    }
    const before = released.get(`${service}/${name}`);
    if (before !== undefined && before !== digestOf(migration)) offend('was-changed', 'since its release');
  }
  return offences;
};

/** Whether it rightly names what it contracts. */
const contractOf = (
  { service, contracts }: LintedMigration,
  earlier: readonly LintedMigration[],
  released: ReadonlyMap<string, string>,
  offend: (rule: Rule, what: string) => void,
): boolean => {
  if (contracts === undefined) return false;
  if (!earlier.some(({ name }) => name === contracts)) {
    offend('names-no-expand-step', contracts);
    return false;
  }
  if (!released.has(`${service}/${contracts}`)) offend('contracts-what-is-not-released', contracts);
  return true;
};

/** What a migration runs, in short; white space apart. */
export const digestOf = ({ statements }: LintedMigration): string =>
  createHash('sha256')
    .update(statements.map((statement) => statement.replace(/\s+/g, ' ').trim()).join(';\n'))
    .digest('hex');

/** A line for people. */
export const offenceLine = ({ service, migration, rule, what }: Offence): string =>
  `${service}/${migration}: ${rule}: ${what} (${RULES[rule].why})`;
