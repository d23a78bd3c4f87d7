import { Metrics } from '@baton/service';
import { Injectable } from '@nestjs/common';

/** What operators see of memory: how much is recorded, and how far behind the conversations it is. */
@Injectable()
export class MemoryMetrics {
  private readonly recorded;
  private readonly lag;

  constructor(metrics: Metrics) {
    this.recorded = metrics.counter('baton_memory_events_total', 'Events recorded about memories, by type', [
      'type',
    ]);
    this.lag = metrics.histogram(
      'baton_memory_lag_seconds',
      'From the end of a turn to the commit of its memory',
      [],
      [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    );
  }

  committed(types: readonly string[]): void {
    for (const type of types) this.recorded.inc({ type });
  }

  turnRemembered(endedAt: string, now: Date): void {
    this.lag.observe(Math.max(0, now.getTime() - Date.parse(endedAt)) / 1000);
  }
}
