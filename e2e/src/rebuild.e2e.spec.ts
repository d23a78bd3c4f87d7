import { findCheckout, READ_MODELS, rebuildReadModel, type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';
import pg from 'pg';

import { Api } from './api.js';

const SCHEMAS = {
  orchestrator: 'orchestrator',
  'queue-manager': 'queue_manager',
  'memory-worker': 'memory_worker',
};

describe('a read model', () => {
  let baton: RunningBaton;
  let database: pg.Client;

  beforeAll(async () => {
    baton = await startBaton();
    database = new pg.Client(baton.servers.postgres.url);
    await database.connect();
    const api = new Api(baton.url, baton.apiKey);
    const ana = await api.agent('ana');
    await api.say('a', 'How long do I have to return an item?');
    await api.say('b', 'I want to talk to a person');
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

  /** Its rows, whatever their order. */
  const dump = async (readModel: string): Promise<string[]> => {
    const schema = SCHEMAS[READ_MODELS[readModel] as keyof typeof SCHEMAS];
    const { rows } = await database.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM ${schema}.${readModel} t`,
    );
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
});
