import { BatonError } from '@baton/contracts';
import { CONFIG, Metrics } from '@baton/service';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import type { GatewayConfig } from '../config.js';

const EVERY_MS = 50;
/** One late tick is a collection of garbage; so many in a row are more work than there is time. */
const LATE_TICKS = 3;
const SAY_AGAIN_MS = 10_000;

/**
 * Requests that nobody has looked at yet wait in the event loop. When every one of its last turns came too late,
 * new requests are refused before anything is done for them, until the loop has caught up.
 */
@Injectable()
export class EventLoopDelay implements OnApplicationShutdown {
  private readonly logger = new Logger('Overload');
  private readonly refusals;
  private readonly timer: NodeJS.Timeout;
  private dueAt = performance.now() + EVERY_MS;
  private lateTicks = 0;
  private latestMs = 0;
  private lastSaid = -Infinity;

  constructor(
    metrics: Metrics,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'BATON_MAX_EVENT_LOOP_DELAY_MS'>,
  ) {
    this.refusals = metrics.counter('baton_calls_refused_total', 'Calls that were not tried', [
      'dependency',
      'reason',
    ]);
    this.timer = setInterval(() => this.tick(performance.now()), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** The loop had a turn; one that is late means that everything before it took longer than it should. */
  tick(now: number): void {
    this.latestMs = now - this.dueAt;
    this.dueAt = now + EVERY_MS;
    this.lateTicks = this.latestMs > this.config.BATON_MAX_EVENT_LOOP_DELAY_MS ? this.lateTicks + 1 : 0;
  }

  get isOverloaded(): boolean {
    return this.lateTicks >= LATE_TICKS;
  }

  /** @throws BatonError `unavailable` while there is more work than time */
  admit(): void {
    if (!this.isOverloaded) return;
    this.refusals.inc({ dependency: 'event loop', reason: 'slow' });
    this.say();
    throw new BatonError('unavailable', 'The gateway is overloaded', {
      retryAfterMs: 1000 + Math.random() * 2000,
    });
  }

  private say(): void {
    if (performance.now() - this.lastSaid < SAY_AGAIN_MS) return;
    this.lastSaid = performance.now();
    this.logger.warn(
      { delay_ms: Math.round(this.latestMs) },
      'The event loop is late: new requests are refused',
    );
  }
}
