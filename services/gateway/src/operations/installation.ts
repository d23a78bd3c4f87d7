import type { ProcessReport, PromiseName } from '@baton/contracts';

export const SEVERITIES = ['critical', 'warning'] as const;

/** What somebody should look at, under the name of the alert that would wake them. */
export interface Condition {
  readonly alert: string;
  readonly severity: (typeof SEVERITIES)[number];
  /** Whom it is about: a service, a consumer, a promise; null for all. */
  readonly about: string | null;
  /** The number that is too large; null where there is none. */
  readonly value: number | null;
  /** In `docs/runbooks.md`. */
  readonly runbook: string;
}

/** `silent`: no process of it answered. */
export const SERVICE_STATES = ['up', 'degraded', 'down', 'silent'] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

export interface ServiceView {
  readonly service: string;
  readonly status: ServiceState;
  readonly processes: readonly (Pick<ProcessReport, 'process' | 'started_at' | 'checks'> & {
    readonly status: Exclude<ServiceState, 'silent'>;
  })[];
}

export interface PromiseView {
  readonly promise: PromiseName;
  readonly within_seconds: number;
  /** For how many of them it is promised. */
  readonly quantile: number;
  readonly count: number;
  readonly p50_seconds: number | null;
  readonly p99_seconds: number | null;
  readonly kept: number | null;
  /** Null where nothing was measured. */
  readonly is_kept: boolean | null;
}

export interface InstallationView {
  readonly services: readonly ServiceView[];
  readonly window_seconds: number;
  readonly promises: readonly PromiseView[];
  readonly logs: readonly {
    readonly service: string;
    readonly outbox_rows: number | null;
    readonly outbox_age_seconds: number | null;
    readonly timers_overdue_seconds: number | null;
  }[];
  readonly consumers: readonly {
    readonly consumer: string;
    readonly pending: number;
    readonly unacknowledged: number;
  }[];
  readonly dead_letters: readonly {
    readonly service: string;
    readonly consumer: string;
    readonly open: number;
  }[];
  readonly turns: { readonly collecting: number | null; readonly processing: number | null };
  readonly conditions: readonly Condition[];
}
