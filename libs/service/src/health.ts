import type { BusClient } from '@baton/bus';
import {
  type HealthCheckResult,
  type HealthCheckService,
  type HealthIndicatorResult,
  type HealthIndicatorService,
} from '@nestjs/terminus';

import type { Database } from './database.js';
import type { RedisClient } from './redis.js';

const CHECK_TIMEOUT_MS = 2_000;

/** Whether this process should get work, and what it waits for. Redis is never waited for: it is only reported. */
export class Health {
  private isDraining = false;

  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
    private readonly redis: RedisClient,
    private readonly bus: BusClient | undefined,
  ) {}

  /** From now on the process is not ready: it finishes what it has and ends. */
  drain(): void {
    this.isDraining = true;
  }

  /** @throws HttpException 503 with the result when something that is needed is down */
  check(): Promise<HealthCheckResult> {
    const { bus } = this;
    return this.checks.check([
      () => this.process(),
      () => this.postgres(),
      ...(bus ? [() => this.nats(bus)] : []),
      () => this.redisIfThere(),
    ]);
  }

  private process(): HealthIndicatorResult {
    const check = this.indicators.check('process');
    return this.isDraining ? check.down('draining') : check.up();
  }

  private async postgres(): Promise<HealthIndicatorResult> {
    return this.indicators
      .check('postgres')
      .attempt(async () => {
        await this.database.hot('SELECT 1', []);
      })
      .withTimeout(CHECK_TIMEOUT_MS);
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
