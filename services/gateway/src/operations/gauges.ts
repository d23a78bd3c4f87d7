import type { ProcessReport } from '@baton/contracts';

/** The gauges of all processes; replicas that tell the same tell it once. */
export class Gauges {
  private readonly readings;

  constructor(reports: readonly ProcessReport[]) {
    this.readings = reports.flatMap(({ service, gauges }) => gauges.map((gauge) => ({ ...gauge, service })));
  }

  /** The largest value with these labels; null where nobody knows it. */
  of(name: string, labels: Readonly<Record<string, string>> = {}, service?: string): number | null {
    const values = this.readings
      .filter(
        (each) =>
          each.name === name &&
          (service === undefined || each.service === service) &&
          Object.entries(labels).every(([label, value]) => each.labels[label] === value),
      )
      .map(({ value }) => value);
    return values.length === 0 ? null : Math.max(...values);
  }

  /** The largest value of each value of one label. */
  by(name: string, label: string, service?: string): [string, number][] {
    const largest = new Map<string, number>();
    for (const each of this.readings) {
      const of = each.labels[label];
      if (each.name !== name || of === undefined || (service !== undefined && each.service !== service))
        continue;
      largest.set(of, Math.max(each.value, largest.get(of) ?? -Infinity));
    }
    return [...largest];
  }

  /** What is left alone now, and by how many breakers. */
  openBreakers(): [string, number][] {
    const open = new Map<string, number>();
    for (const { name, labels, value } of this.readings)
      if (name === 'baton_breakers' && labels['state'] === 'open' && value > 0)
        open.set(labels['dependency'] ?? '', Math.max(value, open.get(labels['dependency'] ?? '') ?? 0));
    return [...open];
  }
}
