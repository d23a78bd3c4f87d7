import { createHash } from 'node:crypto';

import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import type { EntityManager } from 'typeorm';

import type { Entities, Orm } from './orm.js';
import { postgresError } from './postgres-error.js';

export interface DatabaseOptions {
  /** As the role that sees one tenant at a time. */
  readonly url: string;
  /** As the role that sees all tenants' rows of this schema. */
  readonly systemUrl: string;
  readonly schema: string;
  /** Names the connections to PostgreSQL. */
  readonly applicationName: string;
  /** What {@link TenantQuery.manager} works with. */
  readonly entities?: Entities;
  readonly poolSize?: number;
}

/** One transaction of one tenant. */
export interface TenantQuery {
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  /**
   * TypeORM in the same transaction; a transaction it begins is a savepoint. Only where entities were
   * registered: it throws where there are none.
   */
  readonly manager: EntityManager;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
const DEFAULT_POOL_SIZE = 10;
const SYSTEM_POOL_SIZE = 4;

/** The statement that hears of it fails and says so; what is said of a connection that was thrown away is nobody's matter. */
const noted = (): void => undefined;

/**
 * The service's part of PostgreSQL. Row-level security stands behind every statement: without a tenant
 * the app role sees nothing. A lost connection is a BatonError `unavailable`.
 */
export class Database implements OnApplicationShutdown {
  readonly pool: pg.Pool;
  readonly systemPool: pg.Pool;
  readonly schema: string;
  private readonly entities: Entities | undefined;
  private orm: Promise<Orm> | undefined;
  private readonly statementNames = new Map<string, string>();
  private readonly logger = new Logger('Database');
  private isClosed = false;

  constructor(options: DatabaseOptions) {
    this.schema = options.schema;
    this.pool = this.openPool(options.url, options, options.poolSize ?? DEFAULT_POOL_SIZE);
    this.systemPool = this.openPool(options.systemUrl, options, SYSTEM_POOL_SIZE);
    this.entities = options.entities;
  }

  /**
   * Runs `work` in one transaction that sees this tenant's rows only; commits when it resolves, rolls
   * back when it throws.
   */
  async tenant<T>(tenantId: string, work: (query: TenantQuery) => Promise<T>): Promise<T> {
    try {
      const orm = await this.readyOrm();
      const client = await this.pool.connect();
      return await this.inTransaction(client, orm, tenantId, work);
    } catch (error) {
      throw postgresError(error);
    }
  }

  /**
   * One statement that sets its own tenant (a call of a function that does), prepared once per
   * connection: the cheapest way to PostgreSQL and back.
   */
  async hot<Row extends object>(sql: string, params: readonly unknown[]): Promise<Row[]> {
    try {
      const { rows } = await this.pool.query<Row>({
        name: this.statementName(sql),
        text: sql,
        values: params as unknown[],
      });
      return rows;
    } catch (error) {
      throw postgresError(error);
    }
  }

  /** One statement as the system role, which sees every tenant's rows of this schema. */
  async system<Row extends object>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    try {
      const { rows } = await this.systemPool.query<Row>(sql, params as unknown[]);
      return rows;
    } catch (error) {
      throw postgresError(error);
    }
  }

  /** Ends the connections when their statements have ended. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await Promise.all([this.pool.end(), this.systemPool.end()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  /** TypeORM costs 25 MB: it is loaded by services that have entities. */
  private async readyOrm(): Promise<Orm | undefined> {
    const { entities } = this;
    if (!entities) return undefined;
    this.orm ??= import('./orm.js').then((module) => new module.Orm(this.pool, this.schema, entities));
    const orm = await this.orm;
    await orm.ready();
    return orm;
  }

  private async inTransaction<T>(
    client: pg.PoolClient,
    orm: Orm | undefined,
    tenantId: string,
    work: (query: TenantQuery) => Promise<T>,
  ): Promise<T> {
    try {
      // One round trip for both; a transaction's own setting ends with it.
      await client.query(`BEGIN; SELECT set_config('app.tenant', ${client.escapeLiteral(tenantId)}, true)`);
      const result = await work(this.tenantQuery(client, orm));
      const { command } = await client.query('COMMIT');
      // PostgreSQL answers COMMIT of a failed transaction with a quiet ROLLBACK.
      if (command !== 'COMMIT') throw new Error('The transaction had failed: nothing was committed');
      client.release();
      return result;
    } catch (error) {
      await this.rollback(client);
      throw error;
    }
  }

  private async rollback(client: pg.PoolClient): Promise<void> {
    try {
      await client.query('ROLLBACK');
      client.release();
    } catch (error) {
      // A connection that cannot even roll back is thrown away, and the transaction with it.
      client.release(error as Error);
    }
  }

  private tenantQuery(client: pg.PoolClient, orm: Orm | undefined): TenantQuery {
    let manager: EntityManager | undefined;
    return {
      query: async <Row extends object>(sql: string, params: readonly unknown[] = []) =>
        (await client.query<Row>(sql, params as unknown[])).rows,
      get manager() {
        if (!orm) throw new Error('No entities were registered with ServiceModule.forRoot');
        manager ??= orm.managerOn(client);
        return manager;
      },
    };
  }

  private statementName(sql: string): string {
    let name = this.statementNames.get(sql);
    if (name === undefined) {
      name = createHash('sha1').update(sql).digest('base64url');
      this.statementNames.set(sql, name);
    }
    return name;
  }

  private openPool(url: string, options: DatabaseOptions, max: number): pg.Pool {
    const pool = new pg.Pool({
      connectionString: url,
      application_name: options.applicationName,
      // Unqualified names are this service's own; extensions live in public.
      // No query here is long enough to be worth compiling.
      options: `-c search_path=${options.schema},public -c jit=off`,
      max,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      keepAlive: true,
    });
    // The pool listens to idle connections only. One that breaks between two statements, or speaks once more after
    // it was thrown away, would end the process.
    pool.on('connect', (client) => client.on('error', noted));
    // An idle connection that breaks is replaced at its next use.
    pool.on('error', (error) => this.logger.warn(`Lost an idle connection: ${error.message}`));
    return pool;
  }
}
