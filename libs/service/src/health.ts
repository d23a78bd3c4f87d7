import type { BusClient } from '@baton/bus';
import { isBatonError } from '@baton/contracts';
import { Logger } from '@nestjs/common';
import {
  type HealthCheckResult,
  type HealthCheckService,
  type HealthIndicatorResult,
  type HealthIndicatorService,
} from '@nestjs/terminus';

import type { Database } from './database.js';
import type { RedisClient } from './redis.js';
import type { SchemaVersion } from './schema-version.js';

const CHECK_TIMEOUT_MS = 2_000;
/** A schema changes with a deployment, not between two probes. */
const SCHEMA_SEEN_MS = 10_000;

/** Whether this process should get work, and what it waits for. Redis is never waited for: it is only reported. */
export class Health {
  private readonly logger = new Logger('Health');
  private readonly leaving = new AbortController();
  private schema: SchemaVersion | undefined;
  private schemaSeen: { readonly behind: string | undefined; readonly at: number } | undefined;

  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
    private readonly redis: RedisClient,
    private readonly bus: BusClient | undefined,
  ) {}

  /** From now on the process is not ready: it finishes what it has and ends. */
  drain(): void {
    this.leaving.abort();
  }

  get draining(): boolean {
    return this.leaving.signal.aborted;
  }

  /** Aborts when the process begins to drain. */
  get drainSignal(): AbortSignal {
    return this.leaving.signal;
  }

  /** From now on a schema that lacks what this code needs makes the process not ready. */
  expectSchema(schema: SchemaVersion): void {
    this.schema = schema;
  }

  /** @throws HttpException 503 with the result when something that is needed is down */
  check(): Promise<HealthCheckResult> {
    const { bus, schema } = this;
    return this.checks.check([
      () => this.process(),
      () => this.postgres(),
      ...(schema ? [() => this.schemaVersion(schema)] : []),
      ...(bus ? [() => this.nats(bus)] : []),
      () => this.redisIfThere(),
    ]);
  }

  private process(): HealthIndicatorResult {
    const check = this.indicators.check('process');
    return this.draining ? check.down('draining') : check.up();
  }

  private async postgres(): Promise<HealthIndicatorResult> {
    return this.indicators
      .check('postgres')
      .attempt(async () => {
        await this.database.hot('SELECT 1', []);
      })
      .withTimeout(CHECK_TIMEOUT_MS);
  }

  private async schemaVersion(schema: SchemaVersion): Promise<HealthIndicatorResult> {
    const check = this.indicators.check('schema');
    const seen = this.schemaSeen;
    if (seen && performance.now() - seen.at < SCHEMA_SEEN_MS)
      return seen.behind === undefined ? check.up() : check.down(seen.behind);
    try {
      const behind = await schema.behind();
      if (behind !== undefined && behind !== seen?.behind) this.logger.error(`Not ready: ${behind}`);
      this.schemaSeen = { behind, at: performance.now() };
      return behind === undefined ? check.up() : check.down(behind);
    } catch (error) {
      if (!isBatonError(error)) return check.down((error as Error).message);
      // PostgreSQL's own check says that it is away; of its schema nothing new is known then.
      return seen?.behind === undefined ? check.up() : check.down(seen.behind);
    }
  }

  private nats(bus: BusClient): HealthIndicatorResult {
    const check = this.indicators.check('nats');
    if (!bus.connected) return check.down('not connected');
    return bus.streams.knownEpoch === undefined ? check.down('JetStream has no streams yet') : check.up();
  }

  private async redisIfThere(): Promise<HealthIndicatorResult> {
    const check = this.indicators.check('redis');
    try {
      await this.redis.ping();
      return check.up();
    } catch (error) {
      return check.degraded((error as Error).message);
    }
  }
}
