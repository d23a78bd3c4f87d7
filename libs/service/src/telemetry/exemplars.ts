import { Histogram, type Metric, type OpenMetricsContentType, Registry } from 'prom-client';

import { sampledTraceId } from './tracing.js';

type Labels = Record<string, string | number>;
type Family = Awaited<ReturnType<Histogram['get']>>;

/** A histogram whose buckets remember a trace that fell into them, where traces are on. */
export class ExemplarHistogram {
  private readonly histogram: Histogram;

  constructor(
    registry: Registry,
    settings: { name: string; help: string; labelNames: string[]; buckets: number[] },
  ) {
    // Registered apart: prom-client would take it into a registry of OpenMetrics only.
    this.histogram = new Histogram({ ...settings, registers: [], enableExemplars: true });
    registry.registerMetric(this.histogram);
  }

  observe(value: number): void;
  /** @param traceparent of what was measured, where that is not the work at hand */
  observe(labels: Labels, value: number, traceparent?: string): void;
  observe(first: Labels | number, second = 0, traceparent?: string): void {
    const trace_id = sampledTraceId(traceparent);
    this.histogram.observe({
      ...(typeof first === 'number' ? { value: first } : { labels: first, value: second }),
      ...(trace_id !== undefined && { exemplarLabels: { trace_id } }),
    });
  }
}

/**
 * What a registry holds, as OpenMetrics: the one text format that carries exemplars. A registry of that kind would rename
 * the counters that it shares with one of the other kind, so it is given what reads like them.
 */
export const openMetrics = (registry: Registry, labels: Record<string, string>): Promise<string> => {
  const format = new Registry<OpenMetricsContentType>();
  format.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  format.setDefaultLabels(labels);
  for (const metric of registry.getMetricsAsArray())
    format.registerMetric(new OpenMetric(metric as unknown as Readable) as unknown as Metric);
  return format.metrics();
};

/** What prom-client's registries call; its types tell only half of it. */
interface Readable {
  readonly name: string;
  readonly type: string;
  get(): Promise<Family>;
  getForPromString?(): Promise<Family>;
}

/** In OpenMetrics a counter's family has no suffix, and its series have it. */
class OpenMetric {
  readonly name: string;
  readonly type: string;

  constructor(private readonly metric: Readable) {
    this.type = metric.type;
    this.name = this.familyName(metric.name);
  }

  async getForPromString(): Promise<Family> {
    const family = await (this.metric.getForPromString?.() ?? this.metric.get());
    return { ...family, name: this.familyName(family.name) };
  }

  private familyName(name: string): string {
    return this.type === 'counter' ? name.replace(/_total$/, '') : name;
  }
}
