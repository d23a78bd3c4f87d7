import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findCheckout } from '@baton/system';
import { findBinary, installServer } from '@baton/testkit';
import { parse, stringify } from 'yaml';

const run = promisify(execFile);
const RULES = join(findCheckout(), 'deploy/k8s/baton/rules/baton.rules.yaml');
const RUNBOOKS = join(findCheckout(), 'docs/runbooks.md');

interface Series {
  readonly series: string;
  /** In promtool's notation: a start, a step and how often. */
  readonly values: string;
}
const series = (name: string, values: string): Series => ({ series: name, values });
const buckets = (name: string, underBound: string, all: string, bound: string, labels = ''): Series[] => [
  series(`${name}_bucket{${labels}le="${bound}"}`, underBound),
  series(`${name}_bucket{${labels}le="60"}`, all),
  series(`${name}_bucket{${labels}le="+Inf"}`, all),
];
const HISTORY = 'method="GET",route="/api/v1/conversations/:id/messages",';

interface Expected {
  readonly fires: Series[];
  readonly quiet: Series[];
  /** When it is looked at; {@link WHEN} unless told. */
  readonly after?: string;
  /** Between two values, and between two looks; half a minute unless told. */
  readonly step?: string;
}
/** For each alert what is to wake somebody, and what looks like it and is not. */
const ALERTS: Readonly<Record<string, Expected>> = {
  BatonServiceDown: {
    fires: [series('up{job="baton-gateway",pod="a"}', '0x20')],
    quiet: [series('up{job="baton-gateway",pod="a"}', '1 0 1 1 0 1x20'), series('up{job="other"}', '0x20')],
  },
  BatonOutboxBehind: {
    fires: [series('baton_outbox_age_seconds{service="orchestrator"}', '9x20')],
    quiet: [series('baton_outbox_age_seconds{service="orchestrator"}', '0 9 0x20')],
  },
  BatonDisconnectedFromNats: {
    fires: [series('baton_nats_connected{pod="a",service="gateway"}', '0x20')],
    quiet: [series('baton_nats_connected{pod="a",service="gateway"}', '1 0 1x20')],
  },
  BatonRefusesMessages: {
    fires: [
      series('baton_turns_overloaded{pod="a"}', '0x20'),
      series('baton_turns_overloaded{pod="b"}', '1x20'),
    ],
    quiet: [series('baton_turns_overloaded{pod="a"}', '0x20')],
  },
  BatonTurnsBeginLate: {
    fires: buckets('baton_turn_delay_seconds', '0+80x30', '0+100x30', '10'),
    quiet: buckets('baton_turn_delay_seconds', '0+100x30', '0+100x30', '10'),
  },
  BatonOffersLate: {
    fires: buckets('baton_queue_handover_to_offer_seconds', '0+80x30', '0+100x30', '0.5'),
    quiet: buckets('baton_queue_handover_to_offer_seconds', '0+100x30', '0+100x30', '0.5'),
  },
  BatonErrors: {
    fires: [
      series('baton_http_request_seconds_count{status="200"}', '0+90x30'),
      series('baton_http_request_seconds_count{status="503"}', '0+10x30'),
    ],
    quiet: [
      series('baton_http_request_seconds_count{status="200"}', '0+999x30'),
      series('baton_http_request_seconds_count{status="404"}', '0+500x30'),
      series('baton_http_request_seconds_count{status="500"}', '0+1x30'),
    ],
  },
  BatonDeadLetters: {
    fires: [series('baton_dead_letters_open{consumer="memory-worker-turns"}', '1x30')],
    quiet: [series('baton_dead_letters_open{consumer="memory-worker-turns"}', '1 1 0x30')],
  },
  BatonBreakerOpen: {
    fires: [series('baton_breakers{dependency="model",state="open"}', '1x30')],
    quiet: [
      series('baton_breakers{dependency="model",state="open"}', '0 1 1 0x30'),
      series('baton_breakers{dependency="model",state="closed"}', '3x30'),
    ],
  },
  BatonWithoutRedis: {
    fires: [series('baton_leases_total{outcome="without-redis"}', '0+5x30')],
    quiet: [
      series('baton_leases_total{outcome="without-redis"}', '7x30'),
      series('baton_leases_total{outcome="held"}', '0+5x30'),
    ],
  },
  BatonAnswersLate: {
    fires: buckets('baton_turn_answer_seconds', '0+80x30', '0+100x30', '10', 'outcome="finish",'),
    quiet: [
      ...buckets('baton_turn_answer_seconds', '0+99x30', '0+100x30', '10', 'outcome="finish",'),
      // Where a person is asked nobody was promised ten seconds.
      ...buckets('baton_turn_answer_seconds', '0x30', '0+100x30', '10', 'outcome="handover",'),
    ],
  },
  BatonNotificationsLate: {
    fires: buckets('baton_staff_delivery_seconds', '0+80x30', '0+100x30', '0.5'),
    quiet: buckets('baton_staff_delivery_seconds', '0+100x30', '0+100x30', '0.5'),
  },
  BatonHistorySlow: {
    fires: buckets('baton_http_request_seconds', '0+80x30', '0+100x30', '1', HISTORY),
    quiet: [
      ...buckets('baton_http_request_seconds', '0+100x30', '0+100x30', '1', HISTORY),
      ...buckets('baton_http_request_seconds', '0x30', '0+100x30', '1', 'method="POST",route="/other",'),
    ],
  },
  BatonTurnsFail: {
    fires: [
      series('baton_turns_total{outcome="failed"}', '0+10x30'),
      series('baton_turns_total{outcome="replied"}', '0+90x30'),
    ],
    quiet: [
      series('baton_turns_total{outcome="failed"}', '0+1x30'),
      series('baton_turns_total{outcome="replied"}', '0+60x30'),
      series('baton_turns_total{outcome="handed_over"}', '0+39x30'),
    ],
  },
  BatonNobodyOnline: {
    fires: [
      series('baton_queue_waiting{priority="normal"}', '2x30'),
      series('baton_agents{status="online"}', '0x30'),
      series('baton_agents{status="away"}', '3x30'),
    ],
    quiet: [
      series('baton_queue_waiting{priority="normal"}', '2x30'),
      series('baton_agents{status="online"}', '1x30'),
    ],
  },
  BatonPromisesMissed: {
    fires: [
      series('baton_queue_sla_total{outcome="missed"}', '0+2x30'),
      series('baton_queue_sla_total{outcome="met"}', '0+8x30'),
    ],
    quiet: [
      series('baton_queue_sla_total{outcome="missed"}', '0+1x30'),
      series('baton_queue_sla_total{outcome="met"}', '0+19x30'),
    ],
  },
  BatonDecisionsWait: {
    fires: [series('baton_approvals_oldest_seconds', '1500+60x30')],
    quiet: [series('baton_approvals_oldest_seconds', '0+30x30')],
  },
  BatonConsumerBehind: {
    fires: [series('baton_consumer_pending_events{consumer="memory-worker-turns"}', '5000x30')],
    quiet: [series('baton_consumer_pending_events{consumer="memory-worker-turns"}', '5000 4000 0x30')],
  },
  BatonTimersLate: {
    fires: [series('baton_timers_overdue_seconds{service="queue-manager"}', '0+30x30')],
    quiet: [series('baton_timers_overdue_seconds{service="queue-manager"}', '0 40 1x30')],
  },
  BatonConnectionsShort: {
    fires: [series('baton_database_waiting_queries{pod="a",pool="app"}', '4x30')],
    quiet: [series('baton_database_waiting_queries{pod="a",pool="app"}', '9 0 9 0 9 0 9 0x30')],
  },
  BatonEventLoopLate: {
    fires: [series('nodejs_eventloop_lag_p99_seconds{pod="a"}', '0.9x30')],
    quiet: [series('nodejs_eventloop_lag_p99_seconds{pod="a"}', '0.9 0.9 0.02x30')],
  },
  BatonModelsFail: {
    fires: [
      series('baton_llm_attempts_total{model="a",outcome="failed"}', '0+3x30'),
      series('baton_llm_attempts_total{model="a",outcome="ok"}', '0+7x30'),
    ],
    quiet: [
      series('baton_llm_attempts_total{model="a",outcome="failed"}', '0+1x30'),
      series('baton_llm_attempts_total{model="a",outcome="ok"}', '0+9x30'),
    ],
  },
  BatonCostJumps: {
    after: '26h',
    step: '5m',
    fires: [series('baton_llm_cost_usd_total', '0+0.01x288 3+1x40')],
    quiet: [series('baton_llm_cost_usd_total', '0+1x330')],
  },
  BatonWebhooksBehind: {
    fires: [series('baton_webhook_oldest_pending_seconds', '3700+30x40')],
    quiet: [series('baton_webhook_oldest_pending_seconds', '3000+30x15 0x30')],
  },
  BatonMeasuresBlind: {
    fires: [series('baton_metrics_unread_total{service="orchestrator"}', '0+1x60')],
    quiet: [series('baton_metrics_unread_total{service="orchestrator"}', '0 1 2x60')],
  },
  BatonAuditRowsLost: {
    // One row is enough, and nobody waits to see whether there is another.
    fires: [series('baton_audit_rows_lost_total{pod="a",service="gateway"}', '0x20 1x10')],
    quiet: [
      series('baton_audit_rows_lost_total{pod="a",service="gateway"}', '3x30'),
      // A process that begins again begins at nothing.
      series('baton_audit_rows_lost_total{pod="b",service="gateway"}', '0x30'),
      series('baton_audit_rows_waiting{pod="a",service="gateway"}', '0+9x30'),
    ],
  },
};

const WHEN = '14m';
const STEP = '30s';

/** From Debian's prometheus; where no package manager has it, its part is skipped, and that is said. */
const promtool = findBinary('promtool') ?? (await installServer('promtool').catch(() => undefined));

describe('the alert rules', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'baton-rules-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('are each tested here, and each says what to do', () => {
    const { groups } = parse(readFileSync(RULES, 'utf8')) as {
      groups: { rules: { alert: string; annotations: Record<string, string> }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.map(({ alert }) => alert)).toEqual(Object.keys(ALERTS));
    const headings = readFileSync(RUNBOOKS, 'utf8').matchAll(/^## (.*)$/gm);
    const anchors = [...headings].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));
    expect(rules.map(({ annotations }) => annotations['runbook_url']?.split('#')[1])).toEqual(anchors);
    for (const { alert, annotations } of rules)
      expect([alert, annotations]).toEqual([
        alert,
        { summary: expect.any(String), runbook_url: expect.stringMatching(/^RUNBOOK_URL#[a-z-]+$/) },
      ]);
  });

  const judged = promtool === undefined ? it.skip : it;
  judged.each(Object.entries(ALERTS))(
    '%s wakes somebody when it should, and only then',
    async (alert, given) => {
      const file = join(directory, `${alert}.yaml`);
      const count = (isFiring: boolean) => ({
        expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
        eval_time: given.after ?? WHEN,
        exp_samples: [{ labels: '{}', value: isFiring ? 1 : 0 }],
      });
      const tests = ([true, false] as const).map((isFiring) => ({
        interval: given.step ?? STEP,
        input_series: isFiring ? given.fires : given.quiet,
        promql_expr_test: [count(isFiring)],
      }));
      writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: given.step ?? STEP, tests }));
      await run(promtool ?? '', ['test', 'rules', file]).catch((error: Error & { stdout?: string }) => {
        throw new Error(error.stdout ?? error.message);
      });
    },
  );
});
