import pg from 'pg';
import { DataSource, type EntityManager, type EntitySchema, type MixedList } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type of an entity
export type Entities = MixedList<Function | string | EntitySchema>;

/** A query runner on a connection that is in a transaction already; whoever began that ends it. */
class BorrowedRunner extends PostgresQueryRunner {
  constructor(driver: PostgresDriver, client: pg.PoolClient) {
    super(driver, 'master');
    this.databaseConnectionPromise = Promise.resolve(client);
    this.isTransactionActive = true;
    // What asks for a transaction of its own gets a savepoint in ours.
    this.transactionDepth = 1;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- TypeORM's own type of a connection
  override connect(): Promise<any> {
    return this.databaseConnectionPromise;
  }
}

/** TypeORM on a pool that is not its own, so that entities and plain SQL share connections and transactions. */
export class Orm {
  private readonly source: DataSource;
  private initializing: Promise<unknown> | undefined;

  constructor(pool: pg.Pool, schema: string, entities: Entities) {
    this.source = new DataSource({
      type: 'postgres',
      schema,
      entities,
      installExtensions: false,
      driver: { ...pg, Pool: sharedPool(pool) },
    });
  }

  /** Resolves when entity metadata is built; tried again by the next caller when PostgreSQL was away. */
  async ready(): Promise<void> {
    if (this.source.isInitialized) return;
    this.initializing ??= this.source.initialize().finally(() => {
      this.initializing = undefined;
    });
    await this.initializing;
  }

  managerOn(client: pg.PoolClient): EntityManager {
    const runner = new BorrowedRunner(this.source.driver as PostgresDriver, client);
    return this.source.createEntityManager(runner);
  }
}

/** A constructor that makes nothing: TypeORM asks for a new pool and is handed ours. */
const sharedPool = (pool: pg.Pool): unknown =>
  function SharedPool() {
    return pool;
  };
