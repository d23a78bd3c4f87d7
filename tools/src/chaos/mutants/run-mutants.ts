import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { findCheckout } from '@baton/system';

import { audit } from '../audit/auditor.js';
import { gather } from '../audit/evidence.js';
import { Client } from '../client.js';
import { type Breach, Ledger } from '../ledger.js';
import { quiesce } from '../quiesce.js';
import { Random } from '../random.js';
import { API_KEY, ChaosSystem } from '../system.js';
import { LOGS, type Mutant, replaceIn } from './mutant.js';
import { mutatedCheckout } from './mutated-checkout.js';
import { MUTANTS } from './mutants.js';
import { type Scenario, Stage } from './scenario.js';

export interface MutantResult {
  readonly safeguard: string;
  readonly scenario: string;
  /** Broken without the safeguard, in one of the ways that were to be expected. */
  readonly isCaught: boolean;
  readonly breaches: readonly Breach[];
}

export interface MutantsOptions {
  readonly dataDir: string;
  readonly say: (line: string) => void;
  /** Those whose safeguard's name has this in it. */
  readonly only?: string;
}

/** First every scenario with all safeguards, in one system, where nothing may break; then each without its own. */
export const runMutants = async ({ dataDir, say, only = '' }: MutantsOptions): Promise<MutantResult[]> => {
  const mutants = MUTANTS.filter(({ safeguard }) => safeguard.includes(only));
  const scenarios = mutants.map(({ scenario }) => scenario);
  const whole = await playAll(scenarios, { dataDir: join(dataDir, 'whole'), say });
  say(`with every safeguard: ${whole.length === 0 ? 'nothing broken' : `${whole.length} breaches`}`);
  const results: MutantResult[] = [
    { safeguard: '(none removed)', scenario: 'all', isCaught: whole.length === 0, breaches: whole },
  ];
  for (const [place, mutant] of mutants.entries()) {
    const breaches = await playAll([mutant.scenario], { dataDir: join(dataDir, String(place)), say, mutant });
    const isCaught = breaches.some(({ invariant }) => mutant.breaks.includes(invariant));
    results.push({ safeguard: mutant.safeguard, scenario: mutant.scenario.name, isCaught, breaches });
    say(
      `without ${mutant.safeguard}: ${isCaught ? 'caught' : 'NOT CAUGHT'}, ${breaches[0]?.invariant ?? 'nothing'} ${breaches[0]?.what ?? ''}`,
    );
  }
  return results;
};

const playAll = async (
  scenarios: readonly Scenario[],
  { dataDir, say, mutant }: { dataDir: string; say: (line: string) => void; mutant?: Mutant },
): Promise<readonly Breach[]> => {
  mkdirSync(dataDir, { recursive: true });
  const checkout = mutant?.code && mutatedCheckout(findCheckout(), join(dataDir, 'checkout'), mutant);
  const system = await ChaosSystem.start({
    dataDir,
    random: new Random('mutants'),
    say: () => undefined,
    withDisks: false,
    withClocks: false,
    replicas: ['orchestrator'],
    ...(checkout !== undefined && { checkout }),
  });
  const client = new Client(() => system.baton.url, API_KEY);
  const ledger = new Ledger(join(dataDir, 'ledger.jsonl'));
  try {
    if (mutant) await mutateDatabase(system, mutant);
    const stage = new Stage(system, client, ledger);
    for (const scenario of scenarios) {
      // A scenario that can't come to its end without the safeguard has shown enough by then.
      await scenario
        .play(stage)
        .catch((error: unknown) => say(`${scenario.name}: ${(error as Error).message}`));
    }
    await quiesce(system, Math.max(...scenarios.map(({ restMs }) => restMs)));
    const evidence = await gather({ system, ledger, staffs: [], reader: undefined });
    return (await audit(evidence)).breaches;
  } finally {
    client.close();
    await ledger.close();
    await system.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

const mutateDatabase = async (system: ChaosSystem, { sql, statements = [] }: Mutant): Promise<void> => {
  for (const schema of Object.keys(LOGS)) {
    if (sql) {
      const [row] = await system.sql<{ source: string }>(
        `SELECT pg_get_functiondef($1::regprocedure) AS source`,
        [`${schema}.${sql.function}`],
      );
      await system.sql(replaceIn(row?.source ?? '', sql.replacements, `${schema}.${sql.function}`));
    }
    for (const statement of statements) await system.sql(statement.replaceAll('SCHEMA', schema));
  }
};
