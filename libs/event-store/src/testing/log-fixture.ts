import { randomBytes } from 'node:crypto';

import { Clock, Database, migrateService, newId, serviceUrls } from '@baton/service';
import { createDatabase, type RunningServer, startPostgres } from '@baton/testkit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { EventStore, type EventStoreOptions } from '../event-store.js';
import { LocalKeySource } from '../key-sources.js';
import { Keyring } from '../keyring.js';
import { batchedLog } from '../schema/batched-log.js';
import { deadLetterSettlement } from '../schema/dead-letter-settlement.js';
import { eventStoreMigration } from '../schema/event-store-migration.js';

class Log1700000000000 implements MigrationInterface {
  readonly name = 'Log1700000000000';
  async up(runner: QueryRunner): Promise<void> {
    const { up } = eventStoreMigration('orchestrator', 'orchestrator');
    for (const sql of [...up, ...deadLetterSettlement('orchestrator').up, ...batchedLog('orchestrator').up])
      await runner.query(sql);
  }
  async down(runner: QueryRunner): Promise<void> {
    for (const sql of eventStoreMigration('orchestrator', 'orchestrator').down) await runner.query(sql);
  }
}

/** A log on a real PostgreSQL, and as many stores on it as a test wants. */
export interface LogFixture {
  readonly adminUrl: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly postgres: RunningServer;
  store(options?: Partial<EventStoreOptions>): EventStore;
  stop(): Promise<void>;
}

export const startLog = async (): Promise<LogFixture> => {
  const postgres = await startPostgres();
  const created = await createDatabase(postgres.url);
  await migrateService({ name: 'orchestrator', migrations: [Log1700000000000], adminUrl: created.url });
  const urls = serviceUrls(created.url, 'orchestrator');
  const database = new Database({
    url: urls.app,
    systemUrl: urls.system,
    schema: 'orchestrator',
    applicationName: 'test',
  });
  const kek = randomBytes(32);
  return {
    adminUrl: created.url,
    database,
    clock: new Clock(database),
    postgres,
    store: (options = {}) =>
      new EventStore(database, new Keyring(new LocalKeySource(database, kek)), {
        newEventId: () => newId('evt'),
        kek,
        ...options,
      }),
    stop: async () => {
      await database.close();
      await postgres.stop();
    },
  };
};
