import { randomInt } from 'node:crypto';

import { Database, postgresError } from '@baton/service';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';

import { PRESENCE_LOCK_CLASS } from './ledger.schema.js';

const HIGHEST_ID = 2_000_000_000;
const RETRY_MS = 200;

/**
 * Shows the other replicas that this one lives, by an advisory lock on a connection of its own. PostgreSQL
 * lets it go the moment the process dies, so that a call that a crash cut off need not wait for a lease to run
 * out, and a call that merely takes long is never made twice.
 */
@Injectable()
export class ReplicaPresence implements OnApplicationShutdown {
  private readonly logger = new Logger('ReplicaPresence');
  /** This replica's number in the ledger. */
  readonly id = randomInt(1, HIGHEST_ID);
  private held: Promise<void> | undefined;
  private client: pg.PoolClient | undefined;
  private isStopped = false;

  constructor(private readonly database: Database) {}

  /** Resolves when the others can see this replica. */
  shown(): Promise<void> {
    return (this.held ??= this.hold());
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    this.client?.release(true);
  }

  /** @throws BatonError `unavailable` while PostgreSQL is away */
  private async hold(): Promise<void> {
    let client: pg.PoolClient | undefined;
    try {
      client = await this.database.systemPool.connect();
      await this.lockOn(client);
      this.client = client;
    } catch (error) {
      client?.release(true);
      this.held = undefined;
      throw postgresError(error);
    }
  }

  private async lockOn(client: pg.PoolClient): Promise<void> {
    client.on('error', (error: Error) => this.lost(client, error));
    client.once('end', () => this.lost(client, undefined));
    // A machine that is gone without a word is noticed within half a minute.
    await client.query(
      'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3',
    );
    await client.query('SELECT pg_advisory_lock($1, $2)', [PRESENCE_LOCK_CLASS, this.id]);
  }

  /** At once again: until then others may think this replica dead, and give it a second. */
  private lost(client: pg.PoolClient, error: Error | undefined): void {
    if (this.isStopped || this.client !== client) return;
    this.logger.warn(`Lost the connection that shows this replica: ${error?.message ?? 'it ended'}`);
    this.client = undefined;
    client.release(true);
    this.held = undefined;
    this.showAgain();
  }

  private showAgain(): void {
    if (this.isStopped) return;
    this.shown().catch(() => setTimeout(() => this.showAgain(), RETRY_MS).unref());
  }
}
