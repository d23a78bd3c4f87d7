import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { Api } from './api.js';

const QUESTION = 'How long do I have to return an item?';

describe('JetStream that loses everything under a running system', () => {
  let baton: RunningBaton;
  let api: Api;

  beforeAll(async () => {
    baton = await startBaton();
    api = new Api(baton.url, baton.apiKey);
  }, 120_000);
  afterAll(() => baton.stop());

  it('loses and doubles nothing that was accepted before, during and after', async () => {
    const ids: string[] = [];
    const say = async (phase: string, count: number): Promise<void> => {
      const these = Array.from({ length: count }, (_, index) => `${phase}-${index}`);
      ids.push(...these);
      await Promise.all(these.map((id) => api.sayUntilAccepted(id, 't-1', QUESTION)));
    };
    await say('before', 10);

    const nats = baton.servers.nats.own;
    if (!nats) throw new Error('the test brings its own NATS');
    nats.kill('SIGKILL');
    await waitFor(() => !nats.running, { what: 'NATS to be gone', timeoutMs: 20_000 });
    await rm(join(nats.dataDir, 'jetstream'), { recursive: true, force: true });
    await nats.ensureRunning();
    await say('during', 10);
    await say('after', 10);

    for (const id of ids) await api.state(id, 'FINISHED', 120_000);
    for (const id of ids) {
      const completed = (await api.events(id)).filter(
        (event) => event.type === 'conversation.turn_completed',
      );
      expect(completed).toHaveLength(1);
      expect(await api.messages(id)).toHaveLength(2);
      await waitFor(
        async () => {
          const { body } = await api.get<{ memories: unknown[] }>(`/api/v1/conversations/${id}/memory`);
          return body.memories.length === 1;
        },
        { what: `the memory of ${id}`, timeoutMs: 120_000 },
      );
    }
  }, 300_000);
});
