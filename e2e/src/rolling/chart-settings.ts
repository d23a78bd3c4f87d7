import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

interface ChartValues {
  readonly defaults: {
    readonly terminationGracePeriodSeconds: number;
    readonly probes: {
      readonly readiness: { readonly periodSeconds: number; readonly failureThreshold: number };
    };
  };
  readonly gateway: { readonly drainDelaySeconds: number };
}

/** What the chart tells a cluster of how pods are looked at and ended. */
export interface ChartSettings {
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  readonly probeEveryMs: number;
  /** So many failed looks, and a pod gets nothing more. */
  readonly failureThreshold: number;
  readonly drainDelaySeconds: number;
}

export const chartSettings = (): ChartSettings => {
  const file = join(import.meta.dirname, '../../../deploy/k8s/baton/values.yaml');
  const { defaults, gateway } = parse(readFileSync(file, 'utf8')) as ChartValues;
  const { periodSeconds, failureThreshold } = defaults.probes.readiness;
  return {
    graceMs: defaults.terminationGracePeriodSeconds * 1000,
    probeEveryMs: periodSeconds * 1000,
    failureThreshold,
    drainDelaySeconds: gateway.drainDelaySeconds,
  };
};
