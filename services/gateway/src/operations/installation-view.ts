import {
  LATENCY_PROMISES,
  LATENCY_WINDOW_SECONDS,
  type ProcessReport,
  PROMISE_NAMES,
  type PromiseName,
} from '@baton/contracts';
import { SERVICE_NAMES } from '@baton/service';

import { conditionsOf } from './conditions.js';
import { Gauges } from './gauges.js';
import type { InstallationView, PromiseView, ServiceState, ServiceView } from './installation.js';
import { countOf, quantileOf, shareWithin, summed } from './latency.js';

/** What the reports of all processes come to. Replicas look up the same tables: the largest counts, not the sum. */
export const installationView = (reports: readonly ProcessReport[]): InstallationView => {
  const gauges = new Gauges(reports);
  const services = SERVICE_NAMES.map((service) => serviceView(service, reports));
  const promises = PROMISE_NAMES.map((promise) => promiseView(promise, reports));
  const view = {
    services,
    window_seconds: LATENCY_WINDOW_SECONDS,
    promises,
    logs: logsOf(gauges),
    consumers: gauges
      .by('baton_consumer_pending_events', 'consumer')
      .map(([consumer, pending]) => ({
        consumer,
        pending,
        unacknowledged: gauges.of('baton_consumer_unacknowledged_events', { consumer }) ?? 0,
      }))
      .toSorted((a, b) => b.pending - a.pending || a.consumer.localeCompare(b.consumer)),
    dead_letters: SERVICE_NAMES.flatMap((service) =>
      gauges
        .by('baton_dead_letters_open', 'consumer', service)
        .filter(([, open]) => open > 0)
        .map(([consumer, open]) => ({ service, consumer, open })),
    ),
    turns: {
      collecting: gauges.of('baton_turns_open', { state: 'collecting' }),
      processing: gauges.of('baton_turns_open', { state: 'processing' }),
    },
  };
  return { ...view, conditions: conditionsOf(view, gauges) };
};

const serviceView = (service: string, reports: readonly ProcessReport[]): ServiceView => {
  const processes = reports
    .filter((report) => report.service === service)
    .map(({ process, started_at, checks }) => ({ process, started_at, checks, status: worstOf(checks) }))
    .toSorted((a, b) => a.process.localeCompare(b.process));
  const states = new Set(processes.map(({ status }) => status));
  const status: ServiceState =
    processes.length === 0
      ? 'silent'
      : states.size === 1
        ? (processes[0]?.status ?? 'silent')
        : // Some of its processes do their work.
          'degraded';
  return { service, status, processes };
};

const worstOf = (checks: ProcessReport['checks']): 'up' | 'degraded' | 'down' =>
  checks.some(({ status }) => status === 'down')
    ? 'down'
    : checks.some(({ status }) => status === 'degraded')
      ? 'degraded'
      : 'up';

const promiseView = (promise: PromiseName, reports: readonly ProcessReport[]): PromiseView => {
  const { within_seconds, quantile } = LATENCY_PROMISES[promise];
  const buckets = summed(
    reports.flatMap(({ latencies }) =>
      latencies.filter((each) => each.promise === promise).map((each) => each.buckets),
    ),
  );
  const atQuantile = quantileOf(buckets, quantile);
  return {
    promise,
    within_seconds,
    quantile,
    count: countOf(buckets),
    p50_seconds: quantileOf(buckets, 0.5),
    p99_seconds: quantileOf(buckets, 0.99),
    kept: shareWithin(buckets, within_seconds),
    is_kept: atQuantile === null ? null : atQuantile <= within_seconds,
  };
};

const logsOf = (gauges: Gauges): InstallationView['logs'] =>
  SERVICE_NAMES.map((service) => ({
    service,
    outbox_rows: gauges.of('baton_outbox_rows', {}, service),
    outbox_age_seconds: gauges.of('baton_outbox_age_seconds', {}, service),
    timers_overdue_seconds: gauges.of('baton_timers_overdue_seconds', {}, service),
  })).filter(({ outbox_rows, outbox_age_seconds }) => outbox_rows !== null || outbox_age_seconds !== null);
