import type { AnalyticsSummary, ConversationAnalytics } from '@baton/contracts';
import { findCheckout, READ_MODELS, rebuildReadModel, type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';
import pg from 'pg';

import { Api } from './api.js';

const SCHEMAS = {
  orchestrator: 'orchestrator',
  'queue-manager': 'queue_manager',
  'memory-worker': 'memory_worker',
};

const BESIDE_ANALYTICS = [
  'conversation_intervals',
  'conversation_model_costs',
  'conversation_service_levels',
] as const;

describe('a read model', () => {
  let baton: RunningBaton;
  let database: pg.Client;
  let api: Api;

  beforeAll(async () => {
    baton = await startBaton();
    database = new pg.Client(baton.servers.postgres.url);
    await database.connect();
    api = new Api(baton.url, baton.apiKey);
    const ana = await api.agent('ana');
    await api.say('a', 'How long do I have to return an item?');
    await api.say('b', 'I want to talk to a person', { body: { metadata: { channel: 'Web' } } });
    const offer = await api.offer('ana', 'b');
    await ana.post(`/api/v1/offers/${offer.offer_id}/accept`);
    await ana.post('/api/v1/hil/message', {
      conversation_id: 'b',
      message: 'Hello',
      sender_type: 'human_agent',
    });
    await ana.post('/api/v1/hil/resolve/b', { outcome: 'RESOLVED', resolution: 'done' });
    await api.say('c', 'What payment methods do you accept?');
    await api.call('DELETE', '/api/v1/conversations/c');
    await waitFor(
      async () => (await dump('memories')).length >= 2 && (await dump('conversation_analytics')).length >= 3,
      {
        what: 'what follows the turns',
        timeoutMs: 60_000,
      },
    );
    await settled();
  }, 180_000);
  afterAll(async () => {
    await database.end();
    await baton.stop();
  });

  /** Its rows and those of the tables beside it, whatever their order. */
  const dump = async (readModel: string): Promise<string[]> => {
    const schema = SCHEMAS[READ_MODELS[readModel] as keyof typeof SCHEMAS];
    const tables = [readModel, ...(readModel === 'conversation_analytics' ? BESIDE_ANALYTICS : [])];
    const sql = tables.map((table) => `SELECT to_jsonb(t)::text AS row FROM ${schema}.${table} t`);
    const { rows } = await database.query<{ row: string }>(sql.join(' UNION ALL '));
    return rows.map(({ row }) => row).sort();
  };

  /** No row changes any more: consumers have caught up. */
  const settled = async (): Promise<void> => {
    let before = '';
    await waitFor(
      async () => {
        const now = JSON.stringify(await Promise.all(Object.keys(READ_MODELS).map(dump)));
        const same = now === before;
        before = now;
        return same;
      },
      { what: 'the read models to rest', timeoutMs: 60_000 },
    );
  };

  it.each(Object.keys(READ_MODELS))(
    '%s is told again from the log, row for row',
    async (readModel) => {
      const before = await dump(readModel);
      expect(before.length).toBeGreaterThan(0);
      await rebuildReadModel(readModel, {
        checkout: findCheckout(),
        dataDir: baton.dataDir,
        env: process.env,
      });
      expect(await dump(readModel)).toEqual(before);
    },
    60_000,
  );

  it('says over HTTP whose time a conversation took and what that cost, the same after all that', async () => {
    const path = '/api/v1/analytics/conversations/b';
    const { body: b } = await api.get<ConversationAnalytics>(path);
    expect(b).toMatchObject({
      workflow: 'customer_support',
      channel: 'web',
      handover_rate: 1,
      handover_reasons: { explicit_request: 1 },
      containment_rate: 0,
      resolution_rate: 1,
      sla: { met: 1, missed: 0, open: 0, hit_rate: 1 },
    });
    expect(b.intervals.map(({ owner, agent_id, ended_by }) => [owner, agent_id, ended_by])).toEqual([
      ['ai', null, 'handed_over'],
      ['queue', 'ana', 'assigned'],
      ['human', 'ana', 'resolved'],
    ]);
    const seconds = (owner: string) => b.intervals.find((each) => each.owner === owner)?.seconds;
    expect([b.ai_seconds, b.human_seconds, b.queue_seconds]).toEqual([
      seconds('ai'),
      seconds('human'),
      seconds('queue'),
    ]);
    // 30 an hour is what the workflow says.
    expect(Number(b.human_cost_usd)).toBeCloseTo((b.human_seconds * 30) / 3600, 5);
    const { body: all } = await api.get<AnalyticsSummary>(
      '/api/v1/analytics/summary?group_by=handler,channel',
    );
    expect(all.conversations).toBe(3);
    expect(all.groups?.map(({ group, conversations }) => [group, conversations])).toEqual([
      ['ai · ', 2],
      ['human · web', 1],
    ]);
  });
});
