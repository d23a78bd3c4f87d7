import { Logger } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import { ExemplarHistogram, openMetrics } from './telemetry/exemplars.js';

const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** A scrape gives up after ten seconds, and then nothing is known. */
const READ_WITHIN_MS = 2_000;
const SAY_AGAIN_MS = 60_000;

/** One value of a {@link Metrics.sampled} or {@link Metrics.looked} gauge. */
export interface Sample {
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** The process's metrics; asking twice for one name gives the same metric. */
export class Metrics {
  readonly registry = new Registry();
  private readonly known = new Map<string, Counter | Gauge | ExemplarHistogram>();
  private readonly labels: { readonly service: string };
  private readonly logger = new Logger('Metrics');
  private readonly saidAt = new Map<string, number>();

  constructor(service: string) {
    this.labels = { service };
    this.registry.setDefaultLabels(this.labels);
    collectDefaultMetrics({ register: this.registry });
  }

  /** All of them, as Prometheus reads them; as OpenMetrics there are exemplars. */
  async scrape(
    format: 'text' | 'openmetrics',
  ): Promise<{ readonly contentType: string; readonly text: string }> {
    return format === 'text'
      ? { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: await this.registry.metrics() }
      : {
          contentType: Registry.OPENMETRICS_CONTENT_TYPE,
          text: await openMetrics(this.registry, this.labels),
        };
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
    this.collected(name, help, labels, (show) => show(read()));
  }

  /**
   * A gauge that is looked up elsewhere when it is scraped, in a table say. Every replica tells the same: take the `max`.
   * What can't be looked up in time is not told at all; an old value would look like a good one.
   */
  looked(
    name: string,
    help: string,
    labels: readonly string[],
    read: () => Promise<readonly Sample[]>,
  ): void {
    const unread = this.counter(
      'baton_metrics_unread_total',
      'Gauges that could not be looked up for a scrape',
      ['metric'],
    );
    // A series that begins at 1 has never grown.
    unread.inc({ metric: name }, 0);
    this.collected(name, help, labels, async (show) => {
      try {
        show(await soon(read()));
      } catch (error) {
        show([]);
        unread.inc({ metric: name });
        this.sayUnread(name, error);
      }
    });
  }

  /** Seconds, from a millisecond to half a minute, unless other buckets are given. */
  histogram(
    name: string,
    help: string,
    labels: readonly string[] = [],
    buckets = LATENCY_BUCKETS_S,
  ): ExemplarHistogram {
    return this.once(
      name,
      () =>
        new ExemplarHistogram(this.registry, { name, help, labelNames: [...labels], buckets: [...buckets] }),
    );
  }

  private collected(
    name: string,
    help: string,
    labels: readonly string[],
    collect: (show: (samples: readonly Sample[]) => void) => void | Promise<void>,
  ): void {
    this.once(name, () => {
      const gauge: Gauge = new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [this.registry],
        collect: () =>
          collect((samples) => {
            if (labels.length > 0 || samples.length === 0) gauge.reset();
            if (samples.length === 0 && labels.length === 0) gauge.remove();
            for (const { labels: of, value } of samples) gauge.set(of, value);
          }),
      });
      return gauge;
    });
  }

  private sayUnread(name: string, error: unknown): void {
    const now = performance.now();
    if (now - (this.saidAt.get(name) ?? -Infinity) < SAY_AGAIN_MS) return;
    this.saidAt.set(name, now);
    this.logger.warn(`${name} is not known: ${(error as Error).message}`);
  }

  private once<M extends Counter | Gauge | ExemplarHistogram>(name: string, make: () => M): M {
    const known = this.known.get(name) as M | undefined;
    if (known) return known;
    const metric = make();
    this.known.set(name, metric);
    return metric;
  }
}

const soon = async <T>(work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), READ_WITHIN_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};
