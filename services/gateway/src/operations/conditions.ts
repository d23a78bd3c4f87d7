import { LATENCY_PROMISES } from '@baton/contracts';

import type { Gauges } from './gauges.js';
import { type Condition, type InstallationView, SEVERITIES } from './installation.js';

type Facts = Omit<InstallationView, 'conditions'>;

/** A gauge that is too large, as the alert of the same name has it. */
interface Limit {
  readonly alert: string;
  readonly severity: Condition['severity'];
  readonly gauge: string;
  readonly above: number;
  /** Each value of this label is judged by itself. */
  readonly by?: string;
}

const LIMITS: readonly Limit[] = [
  { alert: 'BatonRefusesMessages', severity: 'critical', gauge: 'baton_turns_overloaded', above: 0 },
  {
    alert: 'BatonConsumerBehind',
    severity: 'warning',
    gauge: 'baton_consumer_pending_events',
    above: 1000,
    by: 'consumer',
  },
  { alert: 'BatonDecisionsWait', severity: 'warning', gauge: 'baton_approvals_oldest_seconds', above: 1800 },
  {
    alert: 'BatonWebhooksBehind',
    severity: 'warning',
    gauge: 'baton_webhook_oldest_pending_seconds',
    above: 3600,
  },
];
const EVENT_LOOP_SECONDS = 0.5;
const OUTBOX_SECONDS = 5;
const TIMERS_SECONDS = 30;

/**
 * The alerts of `deploy/k8s/baton/rules` that can be told from one look, with the rules' own limits. A rule waits for a
 * while before it wakes somebody, and some compare rates over time: those are Prometheus' matter.
 */
export const conditionsOf = (facts: Facts, gauges: Gauges): Condition[] =>
  [
    ...serviceConditions(facts),
    ...logConditions(facts),
    ...LIMITS.flatMap((limit) => overLimit(limit, gauges)),
    ...deadLetters(facts),
    ...promises(facts),
    ...breakers(gauges),
    ...nobodyOnline(gauges),
    ...eventLoops(facts, gauges),
  ].toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));

const condition = (
  alert: string,
  severity: Condition['severity'],
  about: string | null = null,
  value: number | null = null,
): Condition => ({ alert, severity, about, value, runbook: runbookOf(alert) });

/** `BatonOutboxBehind` → `outbox-behind`. */
const runbookOf = (alert: string): string =>
  alert
    .replace(/^Baton/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();

const serviceConditions = ({ services }: Facts): Condition[] =>
  services.flatMap(({ service, status, processes }) => {
    if (status === 'silent') return [condition('BatonServiceDown', 'critical', service)];
    const found = processes.some(({ status: of }) => of === 'down')
      ? [condition('BatonServiceDown', 'critical', service)]
      : [];
    const isWithoutRedis = processes.some(({ checks }) =>
      checks.some(({ name, status: of }) => name === 'redis' && of !== 'up'),
    );
    const isCutOff = processes.some(({ checks }) =>
      checks.some(({ name, status: of }) => name === 'nats' && of === 'down'),
    );
    return [
      ...found,
      ...(isCutOff ? [condition('BatonDisconnectedFromNats', 'critical', service)] : []),
      ...(isWithoutRedis ? [condition('BatonWithoutRedis', 'warning', service)] : []),
    ];
  });

const logConditions = ({ logs }: Facts): Condition[] =>
  logs.flatMap(({ service, outbox_age_seconds: age, timers_overdue_seconds: overdue }) => [
    ...(age !== null && age > OUTBOX_SECONDS
      ? [condition('BatonOutboxBehind', 'critical', service, age)]
      : []),
    ...(overdue !== null && overdue > TIMERS_SECONDS
      ? [condition('BatonTimersLate', 'critical', service, overdue)]
      : []),
  ]);

const overLimit = ({ alert, severity, gauge, above, by }: Limit, gauges: Gauges): Condition[] => {
  const values: [string | null, number | null][] =
    by === undefined ? [[null, gauges.of(gauge)]] : gauges.by(gauge, by);
  return values
    .filter(([, value]) => value !== null && value > above)
    .map(([about, value]) => condition(alert, severity, about, value));
};

const deadLetters = ({ dead_letters }: Facts): Condition[] =>
  dead_letters.map(({ consumer, open }) => condition('BatonDeadLetters', 'warning', consumer, open));

const promises = (facts: Facts): Condition[] =>
  facts.promises
    .filter(({ is_kept }) => is_kept === false)
    .map(({ promise, p99_seconds }) =>
      condition(LATENCY_PROMISES[promise].alert, 'warning', promise, p99_seconds),
    );

const breakers = (gauges: Gauges): Condition[] =>
  gauges
    .openBreakers()
    .map(([dependency, open]) => condition('BatonBreakerOpen', 'warning', dependency, open));

const nobodyOnline = (gauges: Gauges): Condition[] => {
  const waiting = gauges.by('baton_queue_waiting', 'priority').reduce((sum, [, count]) => sum + count, 0);
  const online = gauges.of('baton_agents', { status: 'online' });
  return waiting > 0 && online === 0 ? [condition('BatonNobodyOnline', 'warning', null, waiting)] : [];
};

const eventLoops = ({ services }: Facts, gauges: Gauges): Condition[] =>
  services.flatMap(({ service }) => {
    const lag = gauges.of('nodejs_eventloop_lag_p99_seconds', {}, service);
    return lag !== null && lag > EVENT_LOOP_SECONDS
      ? [condition('BatonEventLoopLate', 'warning', service, lag)]
      : [];
  });
