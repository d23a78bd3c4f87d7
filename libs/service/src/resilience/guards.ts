import { Logger } from '@nestjs/common';

import type { Metrics } from '../metrics.js';
import { Breaker, type BreakerOptions, type BreakerState } from './breaker.js';
import { Bulkhead } from './bulkhead.js';
import { RefusedError, type RefusalReason } from './refused.js';

export interface GuardOptions {
  /** Calls to one dependency that run at once. */
  readonly limit: number;
  /** Calls that may wait for one of those to end; none unless told. */
  readonly queue?: number;
  /** How long they wait; 1 s unless told. */
  readonly patienceMs?: number;
  /** How long they wait where the queue stands; a twentieth of that unless told. */
  readonly standingPatienceMs?: number;
  /** False: the bulkhead alone, for a neighbour whose failures are not ours to judge. */
  readonly breaker?: false | Omit<BreakerOptions, 'name' | 'onChange'>;
}

export interface GuardedCall<T> {
  /** Ends the wait for room, not the call. */
  readonly signal?: AbortSignal | undefined;
  /** Marks results that count as failures: a 503 that came as an answer. */
  readonly isTroubled?: ((value: T) => boolean) | undefined;
}

/** Dependencies of one kind that are remembered; the ones used longest ago are forgotten. */
const MOST_KEYS = 1000;
const SAY_AGAIN_MS = 10_000;

/** One dependency: what runs there, and whether it is asked at all. */
class Guard {
  constructor(
    readonly bulkhead: Bulkhead,
    readonly breaker: Breaker | undefined,
  ) {}

  async run<T>(work: () => Promise<T>, { signal, isTroubled }: GuardedCall<T>): Promise<T> {
    const { breaker } = this;
    // Who would be refused behind the queue need not stand in it.
    if (breaker?.refuses) throw breaker.refusal();
    return this.bulkhead.run(() => (breaker ? breaker.run(work, isTroubled) : work()), signal);
  }

  get isIdle(): boolean {
    return this.bulkhead.running === 0 && (this.breaker?.state ?? 'closed') === 'closed';
  }
}

/** A bulkhead and a breaker for each dependency of one kind: each host that tools call, each model. */
export class GuardFamily {
  private readonly guards = new Map<string, Guard>();
  private readonly logger = new Logger('Resilience');
  private unsaid = 0;
  private lastSaid = -Infinity;

  constructor(
    /** The kind, as metrics and logs name it. */
    readonly dependency: string,
    private readonly options: GuardOptions,
    private readonly onRefused: (reason: RefusalReason) => void,
    private readonly onDone: (outcome: 'ok' | 'failed', seconds: number) => void = () => undefined,
  ) {}

  /**
   * Runs `work` where there is room and the breaker of `key` lets it.
   * @throws RefusedError where it was not run; what `work` throws
   */
  async run<T>(key: string, work: () => Promise<T>, call: GuardedCall<T> = {}): Promise<T> {
    const began = performance.now();
    const done = (outcome: 'ok' | 'failed'): void => this.onDone(outcome, (performance.now() - began) / 1000);
    try {
      const value = await this.of(key).run(work, call);
      done('ok');
      return value;
    } catch (error) {
      if (error instanceof RefusedError) this.refused(error);
      else done('failed');
      throw error;
    }
  }

  get running(): number {
    return sum(this.guards.values(), (guard) => guard.bulkhead.running);
  }

  get waiting(): number {
    return sum(this.guards.values(), (guard) => guard.bulkhead.waiting);
  }

  count(state: BreakerState): number {
    return sum(this.guards.values(), ({ breaker }) => Number(breaker?.state === state));
  }

  private of(key: string): Guard {
    const known = this.guards.get(key);
    if (known && this.guards.size < MOST_KEYS) return known;
    const guard = known ?? this.make(key);
    this.guards.delete(key);
    this.guards.set(key, guard);
    if (this.guards.size > MOST_KEYS) this.forgetOne();
    return guard;
  }

  private make(key: string): Guard {
    const { limit, queue = 0, patienceMs = 1000, standingPatienceMs, breaker = {} } = this.options;
    const name = key === '' ? this.dependency : `${this.dependency} (${key})`;
    return new Guard(
      new Bulkhead({
        name,
        limit,
        queue,
        patienceMs,
        ...(standingPatienceMs !== undefined && { standingPatienceMs }),
      }),
      breaker === false
        ? undefined
        : new Breaker({ ...breaker, name, onChange: (state, reason) => this.say(name, state, reason) }),
    );
  }

  /** What nothing is known of: a guard at rest, the one used longest ago. */
  private forgetOne(): void {
    for (const [key, guard] of this.guards) if (guard.isIdle) return void this.guards.delete(key);
  }

  private say(name: string, state: BreakerState, reason: unknown): void {
    if (state === 'half-open') return;
    if (state === 'closed') this.logger.log({ dependency: this.dependency }, `${name} answers again`);
    else
      this.logger.warn(
        { dependency: this.dependency, err: reason },
        `${name} keeps failing: its breaker is open`,
      );
  }

  private refused(error: RefusedError): void {
    this.onRefused(error.reason);
    if (error.reason === 'open') return;
    this.unsaid += 1;
    if (performance.now() - this.lastSaid < SAY_AGAIN_MS) return;
    this.logger.warn(
      { dependency: this.dependency, refused: this.unsaid, running: this.running, waiting: this.waiting },
      error.message,
    );
    this.lastSaid = performance.now();
    this.unsaid = 0;
  }
}

/** All that this process guards, and its metrics. */
export class Guards {
  private readonly families = new Map<string, GuardFamily>();
  private readonly refusals;
  private readonly seconds;

  constructor(metrics: Metrics) {
    this.refusals = metrics.counter('baton_calls_refused_total', 'Calls that were not tried', [
      'dependency',
      'reason',
    ]);
    this.seconds = metrics.histogram(
      'baton_dependency_seconds',
      'Calls of what this process depends on, from the wait for room to the end',
      ['dependency', 'outcome'],
    );
    metrics.sampled('baton_breakers', 'Breakers that are not closed', ['dependency', 'state'], () =>
      [...this.families.values()].flatMap((family) =>
        (['open', 'half-open'] as const).map((state) => ({
          labels: { dependency: family.dependency, state },
          value: family.count(state),
        })),
      ),
    );
    metrics.sampled('baton_bulkhead_running', 'Calls under way', ['dependency'], () =>
      this.each((family) => family.running),
    );
    metrics.sampled('baton_bulkhead_waiting', 'Calls that wait for room', ['dependency'], () =>
      this.each((family) => family.waiting),
    );
  }

  /** The guards of one kind of dependency; asked twice, the same. */
  family(dependency: string, options: GuardOptions): GuardFamily {
    let family = this.families.get(dependency);
    if (!family) {
      family = new GuardFamily(
        dependency,
        options,
        (reason) => this.refusals.inc({ dependency, reason }),
        (outcome, seconds) => this.seconds.observe({ dependency, outcome }, seconds),
      );
      this.families.set(dependency, family);
    }
    return family;
  }

  private each(read: (family: GuardFamily) => number): { labels: { dependency: string }; value: number }[] {
    return [...this.families.values()].map((family) => ({
      labels: { dependency: family.dependency },
      value: read(family),
    }));
  }
}

const sum = (guards: Iterable<Guard>, read: (guard: Guard) => number): number => {
  let total = 0;
  for (const guard of guards) total += read(guard);
  return total;
};
