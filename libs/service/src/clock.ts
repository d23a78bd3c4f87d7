import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { Database } from './database.js';

const REFRESH_MS = 30_000;
const RETRY_MS = 1_000;
const SAMPLES = 3;

/**
 * PostgreSQL's time, so that all processes count on one clock: a monotonic count of this process plus
 * the offset to PostgreSQL, measured again every 30 s. Never runs backwards.
 */
export class Clock implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Clock');
  private offsetMs = Date.now() - performance.now();
  private latestMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly database: Pick<Database, 'system'>) {}

  now(): Date {
    return new Date(this.nowMs());
  }

  nowMs(): number {
    this.latestMs = Math.max(this.latestMs, performance.now() + this.offsetMs);
    return Math.trunc(this.latestMs);
  }

  /** RFC 3339 UTC with milliseconds. */
  nowIso(): string {
    return this.now().toISOString();
  }

  /** Waits for the first measurement; without PostgreSQL it goes on trying while the process starts. */
  async onModuleInit(): Promise<void> {
    await this.keepInStep();
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async keepInStep(): Promise<void> {
    let next = REFRESH_MS;
    try {
      await this.measure();
    } catch (error) {
      next = RETRY_MS;
      this.logger.warn(`Not in step with PostgreSQL: ${(error as Error).message}`);
    }
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.keepInStep(), next);
    this.timer.unref();
  }

  /** The quickest of three round trips knows best. */
  private async measure(): Promise<void> {
    let quickest = Infinity;
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const sent = performance.now();
      const [row] = await this.database.system<{ ms: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
      );
      const roundTrip = performance.now() - sent;
      if (!row || roundTrip >= quickest) continue;
      quickest = roundTrip;
      this.offsetMs = row.ms - (sent + roundTrip / 2);
    }
  }
}
