import { isBatonError } from '@baton/contracts';
import type { MigrationInterface } from 'typeorm';

/** As a service's `migrations/index.ts` lists them. */
export type Migrations = readonly (new () => MigrationInterface)[];

interface Reader {
  readonly schema: string;
  system<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

const NO_SUCH_TABLE = '42P01';
const NOT_ALLOWED = '42501';

/**
 * Whether the database has every migration that this code was built with. One that has more is fine: migrations
 * expand before the code that needs them and contract after the last that doesn't, so that old code and new run
 * side by side on the newer schema. One that has less would make the code fail in the middle of its work.
 */
export class SchemaVersion {
  private readonly known: readonly string[];

  constructor(
    private readonly database: Reader,
    migrations: Migrations,
  ) {
    this.known = migrations.map(({ name }) => name);
  }

  /**
   * What is wrong with the database's version, for an operator; undefined where it is at least ours.
   * @throws BatonError `unavailable` while PostgreSQL is away
   */
  async behind(): Promise<string | undefined> {
    const { schema } = this.database;
    const applied = await this.applied();
    if (typeof applied === 'string') return applied;
    const missing = this.known.filter((name) => !applied.has(name));
    if (missing.length === 0) return undefined;
    return `the schema ${schema} lacks ${missing.join(', ')}: run this release's migrations`;
  }

  private async applied(): Promise<ReadonlySet<string> | string> {
    const { schema } = this.database;
    try {
      const rows = await this.database.system<{ name: string }>(`SELECT name FROM ${schema}.migrations`);
      return new Set(rows.map(({ name }) => name));
    } catch (error) {
      if (isBatonError(error)) throw error;
      const { code } = error as { code?: string };
      if (code === NO_SUCH_TABLE) return `the schema ${schema} was never migrated: run the migrations`;
      if (code === NOT_ALLOWED)
        return `the schema ${schema} was last migrated by an older release: run this release's migrations`;
      throw error;
    }
  }
}
