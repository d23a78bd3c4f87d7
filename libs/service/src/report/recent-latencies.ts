import {
  LATENCY_PROMISES,
  LATENCY_WINDOW_SECONDS,
  type ProcessReport,
  PROMISE_NAMES,
} from '@baton/contracts';
import type { Registry } from 'prom-client';

export type Latencies = ProcessReport['latencies'];
type Buckets = Latencies[number]['buckets'];

const EVERY_MS = 15_000;
const KEPT = (LATENCY_WINDOW_SECONDS * 1000) / EVERY_MS;

/**
 * How long the promised things took in the last minutes. A histogram counts from the start of the process, so what it
 * said is noted a few times a minute, and the oldest note is taken from what it says now.
 */
export class RecentLatencies {
  private readonly notes: Latencies[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: Pick<Registry, 'getSingleMetric'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.note().catch(this.onError), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  async note(): Promise<void> {
    this.notes.push(await this.read());
    if (this.notes.length > KEPT) this.notes.shift();
  }

  async recent(): Promise<Latencies> {
    const now = await this.read();
    // Younger than the window: all that it has seen is recent.
    const then = this.notes.length < KEPT ? [] : (this.notes[0] ?? []);
    return now.map(({ promise, buckets }) => ({
      promise,
      buckets: without(buckets, then.find((each) => each.promise === promise)?.buckets ?? []),
    }));
  }

  private async read(): Promise<Latencies> {
    const read = await Promise.all(
      PROMISE_NAMES.map(async (promise) => {
        const { metric, labels } = LATENCY_PROMISES[promise];
        const family = await this.registry.getSingleMetric(metric)?.get();
        return { promise, buckets: family ? bucketsOf(family.values, labels) : [] };
      }),
    );
    return read.filter(({ buckets }) => buckets.length > 0);
  }
}

/** One series of a histogram as prom-client tells it. */
interface Series {
  readonly metricName?: string;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  readonly value: number;
}

const bucketsOf = (series: readonly Series[], wanted: Readonly<Record<string, string>>): Buckets => {
  const counts = new Map<number | null, number>();
  for (const { metricName, labels, value } of series) {
    if (!metricName?.endsWith('_bucket')) continue;
    if (Object.entries(wanted).some(([name, of]) => String(labels[name]) !== of)) continue;
    const le = labels['le'] === '+Inf' ? null : Number(labels['le']);
    counts.set(le, (counts.get(le) ?? 0) + value);
  }
  return [...counts].map(([le, count]) => ({ le, count })).toSorted((a, b) => upTo(a.le) - upTo(b.le));
};

const upTo = (le: number | null): number => le ?? Infinity;

const without = (now: Buckets, then: Buckets): Buckets => {
  const before = new Map(then.map(({ le, count }) => [le, count]));
  return now.map(({ le, count }) => ({ le, count: count - (before.get(le) ?? 0) }));
};
