import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ProcessReport } from '@baton/contracts';
import { SERVICE_NAMES } from '@baton/service';

import { healthyReport } from '../testing/played-processes.fixture.js';
import { installationView } from './installation-view.js';
import { quantileOf, shareWithin, summed } from './latency.js';

const CHECKOUT = join(import.meta.dirname, '../../../..');

const gauge = (name: string, value: number, labels: Record<string, string> = {}) => ({ name, labels, value });
const buckets = (...counts: readonly (readonly [number | null, number])[]) =>
  counts.map(([le, count]) => ({ le, count }));
const healthy = (): ProcessReport[] => SERVICE_NAMES.map((name) => healthyReport(name));
const with_ = (service: string, more: Partial<ProcessReport>): ProcessReport[] =>
  SERVICE_NAMES.map((name) => healthyReport(name, name === service ? more : {}));

describe('a latency', () => {
  it('is read from buckets as Prometheus reads it', () => {
    const measured = buckets([0.1, 50], [0.5, 90], [1, 100], [null, 100]);
    expect(quantileOf(measured, 0.5)).toBeCloseTo(0.1);
    expect(quantileOf(measured, 0.7)).toBeCloseTo(0.3);
    expect(quantileOf(measured, 0.99)).toBeCloseTo(0.95);
    expect(shareWithin(measured, 0.5)).toBe(0.9);
  });

  it('is not known of nothing, and of what is beyond the last bound at least that bound', () => {
    expect(quantileOf([], 0.5)).toBeNull();
    expect(shareWithin(buckets([1, 0], [null, 0]), 1)).toBeNull();
    expect(quantileOf(buckets([1, 1], [null, 10]), 0.99)).toBe(1);
  });

  it('of two processes is as if one had measured it all', () => {
    expect(summed([buckets([1, 2], [null, 3]), buckets([1, 1], [null, 5])])).toEqual(
      buckets([1, 3], [null, 8]),
    );
  });
});

describe('an installation', () => {
  it('in which all is well has nothing to look at', () => {
    const { services, conditions, promises } = installationView(healthy());
    expect(services.map(({ status }) => status)).toEqual(SERVICE_NAMES.map(() => 'up'));
    expect(conditions).toEqual([]);
    expect(promises.map(({ is_kept, count }) => [is_kept, count])).toEqual(promises.map(() => [null, 0]));
  });

  it('is degraded where one of two replicas is down', () => {
    const down = healthyReport('gateway', {
      process: 'other',
      checks: [{ name: 'postgres', status: 'down', message: 'not there' }],
    });
    const { services, conditions } = installationView([...healthy(), down]);
    expect(services[0]).toMatchObject({ service: 'gateway', status: 'degraded' });
    expect(conditions).toMatchObject([{ alert: 'BatonServiceDown', about: 'gateway' }]);
  });

  it('says which promise is not kept, by what is promised of it', () => {
    const late = buckets([0.5, 90], [1, 100], [null, 100]);
    const { promises, conditions } = installationView(
      with_('gateway', { latencies: [{ promise: 'notification', buckets: late }] }),
    );
    expect(promises[0]).toMatchObject({ promise: 'notification', count: 100, kept: 0.9, is_kept: false });
    expect(conditions).toMatchObject([{ alert: 'BatonNotificationsLate', severity: 'warning' }]);
  });

  it('counts what replicas look up in one table once', () => {
    const open = [gauge('baton_dead_letters_open', 3, { consumer: 'c' }), gauge('baton_outbox_rows', 7)];
    const { dead_letters, logs } = installationView([
      ...with_('orchestrator', { gauges: open }),
      healthyReport('orchestrator', { process: 'other', gauges: open }),
    ]);
    expect(dead_letters).toEqual([{ service: 'orchestrator', consumer: 'c', open: 3 }]);
    expect(logs).toMatchObject([{ service: 'orchestrator', outbox_rows: 7 }]);
  });

  it.each([
    ['orchestrator', gauge('baton_turns_overloaded', 1), 'BatonRefusesMessages'],
    ['orchestrator', gauge('baton_timers_overdue_seconds', 31), 'BatonTimersLate'],
    ['memory-worker', gauge('baton_consumer_pending_events', 1001, { consumer: 'c' }), 'BatonConsumerBehind'],
    ['orchestrator', gauge('baton_approvals_oldest_seconds', 1801), 'BatonDecisionsWait'],
    ['gateway', gauge('baton_webhook_oldest_pending_seconds', 3601), 'BatonWebhooksBehind'],
    ['gateway', gauge('nodejs_eventloop_lag_p99_seconds', 0.6), 'BatonEventLoopLate'],
    ['llm-router', gauge('baton_breakers', 1, { dependency: 'm', state: 'open' }), 'BatonBreakerOpen'],
  ])('%s with %j has %s', (service, reading, alert) => {
    const outbox = gauge('baton_outbox_rows', 0);
    const { conditions } = installationView(with_(service, { gauges: [outbox, reading] }));
    expect(conditions).toMatchObject([{ alert }]);
    const calm = { ...reading, value: 0 };
    expect(installationView(with_(service, { gauges: [outbox, calm] })).conditions).toEqual([]);
  });

  it('says that customers wait and nobody is online', () => {
    const of = (online: number) =>
      installationView(
        with_('queue-manager', {
          gauges: [
            gauge('baton_queue_waiting', 2, { priority: 'normal' }),
            gauge('baton_agents', online, { status: 'online' }),
          ],
        }),
      ).conditions;
    expect(of(0)).toMatchObject([{ alert: 'BatonNobodyOnline', value: 2 }]);
    expect(of(1)).toEqual([]);
  });
});

/** Every condition at once. */
const worst = (): ProcessReport[] => [
  healthyReport('gateway', {
    checks: [
      { name: 'nats', status: 'down', message: null },
      { name: 'redis', status: 'degraded', message: null },
    ],
    gauges: [
      gauge('baton_outbox_rows', 1),
      gauge('baton_outbox_age_seconds', 60),
      gauge('baton_timers_overdue_seconds', 60),
      gauge('baton_turns_overloaded', 1),
      gauge('baton_consumer_pending_events', 5000, { consumer: 'c' }),
      gauge('baton_approvals_oldest_seconds', 5000),
      gauge('baton_webhook_oldest_pending_seconds', 5000),
      gauge('baton_dead_letters_open', 1, { consumer: 'c' }),
      gauge('baton_breakers', 1, { dependency: 'm', state: 'open' }),
      gauge('baton_queue_waiting', 1, { priority: 'normal' }),
      gauge('baton_agents', 0, { status: 'online' }),
      gauge('nodejs_eventloop_lag_p99_seconds', 1),
    ],
    latencies: ['notification', 'offer', 'answer', 'history'].map((promise) => ({
      promise,
      buckets: buckets([10, 0], [30, 10], [null, 10]),
    })),
  }),
];

describe('what somebody should look at', () => {
  const rules = readFileSync(join(CHECKOUT, 'deploy/k8s/baton/rules/baton.rules.yaml'), 'utf8');
  const runbooks = readFileSync(join(CHECKOUT, 'docs/runbooks.md'), 'utf8');

  it('has the name, severity and runbook of an alert', () => {
    const { conditions } = installationView(worst());
    expect(new Set(conditions.map(({ alert }) => alert)).size).toBe(17);
    for (const { alert, severity, runbook } of conditions) {
      const rule = rules
        .slice(rules.indexOf(`alert: ${alert}\n`))
        .split('- alert:', 2)
        .join('');
      expect(rules).toContain(`alert: ${alert}\n`);
      expect({ alert, severity: /severity: (\w+)/.exec(rule)?.[1] }).toEqual({ alert, severity });
      expect(rule).toContain(`#${runbook}\n`);
      const heading = runbook.replaceAll('-', ' ');
      expect(runbooks.toLowerCase()).toContain(`\n## ${heading}\n`);
    }
  });
});
