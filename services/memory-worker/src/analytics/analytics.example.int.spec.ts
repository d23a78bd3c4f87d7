import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  analyticsRequests,
  ANALYTICS_GROUPS,
  type AnalyticsGroup,
  type AnalyticsGroupRow,
  eventDefinition,
  type QueueItemEvent,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import { Clock } from '@baton/service';
import { waitFor } from '@baton/testkit';
import { jest } from '@jest/globals';

import { ownContext } from '../llm/llm.client.js';
import { MemoryWorkerFixture } from '../testing/memory-worker.fixture.js';
import { ServiceProcess } from '../testing/service-process.js';

/** The page is the test's input: what it says of its example has to come out. */
const page = readFileSync(join(process.cwd(), 'docs/analytics.md'), 'utf8');

const block = (language: string): string => {
  const found = new RegExp('```' + language + '\\n(.*?)```', 's').exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/analytics.md has no block of ${language}`);
  return found;
};

const LINE = /^(\S+)Z (\w) (\S+?)( by \w+)?( \{.*\})?$/;

const events = block('events')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [, at, conversation, type = '', by, data] = LINE.exec(line) ?? [];
    if (conversation === undefined) throw new Error(`Not understood: ${line}`);
    const example = eventDefinition(type)?.example as Record<string, unknown>;
    return {
      at: `${at}.000Z`,
      conversation,
      type,
      by: by?.replace(' by ', ''),
      data: { ...optional(type, example), ...(JSON.parse(data ?? '{}') as Record<string, unknown>) },
    };
  });

/** What the line does not say is as in the contract's example, except for what it may leave out. */
function optional(type: string, example: Record<string, unknown>): Record<string, unknown> {
  if (type !== 'conversation.started') return example;
  const { channel: _, human_cost_per_hour: __, ...rest } = example;
  return rest;
}

const expected = JSON.parse(block('json')) as Record<string, unknown>;
const table = [...page.matchAll(/^\| (\w+) (\S+) \|(.*)\|$/gm)]
  .filter(([, group]) => (ANALYTICS_GROUPS as readonly string[]).includes(group ?? ''))
  .map(([, group, key, cells = '']) => ({ group, key, cells: cells.split('|').map((cell) => cell.trim()) }));

const TABLES = [
  'conversation_analytics',
  'conversation_intervals',
  'conversation_model_costs',
  'conversation_service_levels',
];

describe('the worked example of docs/analytics.md', () => {
  let fixture: MemoryWorkerFixture;

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
    const { orchestrator, queue, router } = fixture;
    for (const { at, conversation, type, by, data } of events) {
      const ids = { handover_id: `ho_${conversation}`, conversation_id: conversation };
      if (type.startsWith('queue_item.'))
        queue.record('acme', { type, data: { ...data, ...ids } } as unknown as QueueItemEvent, at);
      else if (type === 'llm_call.recorded')
        router.record('acme', conversation, String(data['cost_usd']), String(data['model']));
      else {
        const actor =
          by === undefined ? SYSTEM_ACTOR : ({ type: 'human_agent', id: by, role: 'agent' } as const);
        await orchestrator.append('acme', conversation, [{ type, data }], { actor }, at);
      }
    }
    const app = await fixture.boot({ BATON_HUMAN_COST_PER_HOUR: '1' });
    jest.spyOn(app.get(Clock), 'nowIso').mockReturnValue('2026-11-10T09:30:00.000Z');
    await waitFor(async () => (await settled()) === 5 + 5 + 3, {
      what: 'the logs to be read',
      timeoutMs: 60_000,
    });
  }, 180_000);
  afterAll(() => fixture.stop());

  /** Conversations whose last event was read, calls and service levels. */
  const settled = async (): Promise<number> => {
    const last = new Map<string, number>();
    for (const { conversation, type } of events)
      if (type.startsWith('conversation.')) last.set(conversation, (last.get(conversation) ?? 0) + 1);
    const [row] = await fixture.rows<{ n: number }>(
      `SELECT (SELECT count(*) FROM memory_worker.conversation_analytics WHERE version = ($1::jsonb->>conversation_id)::int)::int
            + (SELECT coalesce(sum(calls), 0) FROM memory_worker.conversation_model_costs)::int
            + (SELECT count(*) FROM memory_worker.conversation_service_levels WHERE taken_at IS NOT NULL OR given_up_at IS NOT NULL)::int AS n`,
      [JSON.stringify(Object.fromEntries(last))],
    );
    return row?.n ?? 0;
  };

  const summary = (
    query: { from?: string; to?: string; group_by?: AnalyticsGroup | AnalyticsGroup[] } = {},
  ) => fixture.bus.request(analyticsRequests.summary, ownContext('acme'), query);

  it('comes to what the page says', async () => {
    expect(await summary()).toEqual({ from: null, to: null, ...expected });
  });

  it('comes to it in each group of the page', async () => {
    expect(table.length).toBeGreaterThan(10);
    const seen = new Map<string, readonly AnalyticsGroupRow[]>();
    for (const { group, key, cells } of table) {
      const name = group as AnalyticsGroup;
      const groups = seen.get(name) ?? (await summary({ group_by: name })).groups ?? [];
      seen.set(name, groups);
      const row = groups.find((each) => each.keys[name] === key);
      const none = (value: number | null | undefined): string =>
        value === null || value === undefined ? 'none' : String(value);
      expect([`${name} ${key}`, ...cells]).toEqual([
        `${row?.keys[name] === undefined ? 'no such group of' : name} ${key}`,
        String(row?.conversations),
        String(row?.ai_seconds),
        String(row?.human_seconds),
        row?.human_cost_usd,
        row?.ai_cost_usd,
        none(row?.queue_wait_seconds.p50),
        none(row?.csat.average),
      ]);
    }
  });

  it('adds up over the groups that a conversation is in one of', async () => {
    for (const group_by of [
      'day',
      'week',
      'month',
      'workflow',
      'version',
      'channel',
      'handler',
      'state',
    ] as const) {
      const { groups = [] } = await summary({ group_by });
      const sum = (of: (row: AnalyticsGroupRow) => number) =>
        Math.round(groups.reduce((total, row) => total + of(row), 0) * 1e6) / 1e6;
      expect([group_by, sum((row) => row.conversations)]).toEqual([group_by, 5]);
      expect(sum((row) => row.ai_seconds)).toBe(32);
      expect(sum((row) => row.human_seconds)).toBe(380);
      expect(sum((row) => row.queue_seconds)).toBe(1880);
      expect(sum((row) => Number(row.human_cost_usd))).toBe(4.6);
      expect(sum((row) => Number(row.ai_cost_usd))).toBe(0.024);
      expect(sum((row) => row.sla.met + row.sla.missed)).toBe(3);
      expect(sum((row) => row.csat.count)).toBe(3);
    }
  });

  it('tells service levels, reasons and waits of the group itself', async () => {
    const of = async (group_by: AnalyticsGroup, key: string) =>
      (await summary({ group_by })).groups?.find(({ keys }) => keys[group_by] === key);
    expect(await of('reason', 'budget')).toMatchObject({
      sla: { met: 0, missed: 1, hit_rate: 0 },
      queue_seconds: 1800,
      queue_wait_seconds: { p50: null, p95: null },
      durable_resolution_rate: 0,
      reopen_rate: null,
    });
    expect(await of('agent', 'ana')).toMatchObject({ sla: { met: 2, missed: 0 }, queue_seconds: 40 });
    // Ben was not the first to take it: that it was in time is Ana's.
    expect(await of('agent', 'ben')).toMatchObject({ sla: { met: 0, missed: 0, hit_rate: null } });
    expect(await of('channel', '')).toMatchObject({ conversations: 1, containment_rate: 0 });
  });

  it('groups by several at once', async () => {
    const { groups = [] } = await summary({ group_by: ['day', 'agent'] });
    expect(groups.map(({ group, keys, human_seconds }) => [group, keys, human_seconds])).toEqual([
      ['2026-11-02 · ', { day: '2026-11-02', agent: '' }, 0],
      ['2026-11-02 · ana', { day: '2026-11-02', agent: 'ana' }, 320],
      ['2026-11-02 · ben', { day: '2026-11-02', agent: 'ben' }, 60],
      ['2026-11-03 · ', { day: '2026-11-03', agent: '' }, 0],
    ]);
    await expect(summary({ group_by: ['day', 'day'] })).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [{ path: 'group_by' }],
    });
  });

  it('leaves to a window who entered it, with all that became of them', async () => {
    expect(await summary({ from: '2026-11-02T00:00:00.000Z', to: '2026-11-03T00:00:00.000Z' })).toMatchObject(
      { conversations: 3, human_seconds: 380, reopen_rate: 0.3333, csat: { count: 3 } },
    );
    expect(await summary({ from: '2026-11-03T00:00:00.000Z', to: '2026-11-04T00:00:00.000Z' })).toMatchObject(
      { conversations: 2, human_seconds: 0, reopen_rate: 0, csat: { count: 0 } },
    );
  });

  it('shows of one whose it was, one after the other', async () => {
    const one = await fixture.bus.request(analyticsRequests.conversation, ownContext('acme'), {
      conversation_id: 'E',
    });
    expect(one).toMatchObject({
      workflow: 'support',
      workflow_version: 2,
      channel: 'web',
      human_cost_usd: '1.6',
      interval_count: 6,
    });
    expect(
      one.intervals.map(({ owner, agent_id, ended_by, seconds }) => [owner, agent_id, ended_by, seconds]),
    ).toEqual([
      ['ai', null, 'handed_over', 5],
      ['queue', 'ana', 'assigned', 10],
      ['human', 'ana', 'transferred', 20],
      ['queue', 'ben', 'assigned', 40],
      ['human', 'ben', 'returned_to_ai', 60],
      ['ai', null, null, 2],
    ]);
  });

  it('gives a row for each, in pages that join', async () => {
    const rows = [];
    let after: string | null = null;
    do {
      const { rows: found, next }: { rows: readonly object[]; next: string | null } =
        await fixture.bus.request(analyticsRequests.rows, ownContext('acme'), { after, limit: 2 });
      rows.push(...found);
      after = next;
    } while (after !== null);
    expect(rows.map((row) => (row as { conversation_id: string }).conversation_id)).toEqual([
      'A',
      'B',
      'E',
      'C',
      'D',
    ]);
    expect(rows[1]).toMatchObject({
      handled_by: 'human',
      agents: 'ana',
      models: 'fast;smart',
      skills: 'billing',
      handover_reasons: 'explicit_request',
      human_seconds: 300,
      human_cost_usd: '3',
      ai_cost_usd: '0.012',
      durable: 'pending',
      is_settled: true,
      reopened: 1,
      csat_handled_by: 'human',
      sla_met: 1,
    });
    await expect(
      fixture.bus.request(analyticsRequests.rows, ownContext('acme'), { after: 'nonsense', limit: 2 }),
    ).rejects.toMatchObject({ code: 'validation-failed', errors: [{ path: 'after' }] });
  });

  it('comes out the same, byte for byte, when it is told again', async () => {
    const digest = async (): Promise<string> => {
      const dumps = await Promise.all(
        TABLES.map((name) =>
          fixture.rows<{ row: string }>(`SELECT t::text AS row FROM memory_worker.${name} t ORDER BY 1`),
        ),
      );
      expect(dumps.map((rows) => rows.length)).toEqual([5, 16, 5, 3]);
      return JSON.stringify(dumps);
    };
    const before = await digest();
    const run = new ServiceProcess('rebuild.js', ['conversation_analytics'], fixture.env);
    expect(await run.exit).toEqual({ code: 0, signal: null });
    expect(await digest()).toBe(before);
    expect(await summary()).toMatchObject(expected);
  });
});
