import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** One value of a {@link Metrics.sampled} gauge. */
export interface Sample {
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** The process's metrics; asking twice for one name gives the same metric. */
export class Metrics {
  readonly registry = new Registry();
  private readonly known = new Map<string, Counter | Gauge | Histogram>();

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
  }

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    return this.once(
      name,
      () => new Counter({ name, help, labelNames: [...labels], registers: [this.registry] }),
    );
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    return this.once(
      name,
      () => new Gauge({ name, help, labelNames: [...labels], registers: [this.registry] }),
    );
  }

  /** A gauge that is read when it is scraped: what is counted anyway costs nothing between two scrapes. */
  sampled(name: string, help: string, labels: readonly string[], read: () => readonly Sample[]): void {
    this.once(name, () => {
      const gauge: Gauge = new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [this.registry],
        collect: () => {
          gauge.reset();
          for (const { labels: of, value } of read()) gauge.set(of, value);
        },
      });
      return gauge;
    });
  }

  /** Seconds, from a millisecond to half a minute, unless other buckets are given. */
  histogram(
    name: string,
    help: string,
    labels: readonly string[] = [],
    buckets = LATENCY_BUCKETS_S,
  ): Histogram {
    return this.once(
      name,
      () =>
        new Histogram({
          name,
          help,
          labelNames: [...labels],
          buckets: [...buckets],
          registers: [this.registry],
        }),
    );
  }

  private once<M extends Counter | Gauge | Histogram>(name: string, make: () => M): M {
    const known = this.known.get(name) as M | undefined;
    if (known) return known;
    const metric = make();
    this.known.set(name, metric);
    return metric;
  }
}
