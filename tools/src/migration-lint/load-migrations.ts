import { SERVICE_NAMES } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { serviceModule } from '../simulate/checkout-modules.js';
import type { LintedMigration } from './migration.js';

/** What a migration's class may say of itself beside its statements. */
interface Marked extends MigrationInterface {
  /** The class name of the migration that expanded what this one contracts. */
  readonly contracts?: string;
  /** Rules that it breaks on purpose, each with the reason. */
  readonly allows?: Readonly<Record<string, string>>;
}

/** Every migration of every service, by running it against nothing: its SQL is made by code, so code makes it here. */
export const loadMigrations = async (): Promise<LintedMigration[]> => {
  const linted: LintedMigration[] = [];
  for (const service of SERVICE_NAMES) {
    // One list in each module, under a name of the service's own.
    const [migrations] = Object.values(
      await serviceModule<Record<string, readonly (new () => Marked)[]>>(service, 'migrations/index'),
    );
    for (const Migration of migrations ?? []) linted.push(await linting(service, new Migration()));
  }
  return linted;
};

const linting = async (service: string, migration: Marked): Promise<LintedMigration> => {
  const statements: string[] = [];
  // Whatever it asks about the database, there is nothing: as on a new one.
  const query = (sql: string): Promise<unknown[]> => {
    statements.push(sql);
    return Promise.resolve([]);
  };
  await migration.up({ query } as unknown as QueryRunner);
  return {
    service,
    name: migration.name ?? migration.constructor.name,
    statements,
    isInTransaction: migration.transaction !== false,
    ...(migration.contracts !== undefined && { contracts: migration.contracts }),
    allows: migration.allows ?? {},
  };
};
