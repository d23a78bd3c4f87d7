import { memoryRequests } from '@baton/contracts';
import { EventStore } from '@baton/event-store';
import { waitFor } from '@baton/testkit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { ownContext } from '../llm/llm.client.js';
import { MemoryWorkerFixture } from '../testing/memory-worker.fixture.js';

const CANARY = 'xyzzy-4711';

describe('an erased conversation', () => {
  let fixture: MemoryWorkerFixture;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
    app = await fixture.boot({ BATON_SUMMARY_EVERY: '2' });
    fixture.router.complete = () => ({ text: `About ${CANARY}` });
  });
  afterAll(() => fixture.stop());

  const ask = (conversationId: string) =>
    fixture.bus.request(memoryRequests.ofConversation, ownContext('acme'), {
      conversation_id: conversationId,
    });
  const search = async () =>
    (await fixture.bus.request(memoryRequests.search, ownContext('acme'), { q: CANARY })).items;
  const typesOf = async (conversationId: string) =>
    (
      await app
        .get(EventStore)
        .readStream({ tenantId: 'acme', streamType: 'memory', streamId: conversationId })
    ).map((event) => event.type);
  const talked = async (conversationId: string) => {
    await fixture.orchestrator.begin('acme', conversationId, 'cust_1');
    await fixture.orchestrator.turn('acme', conversationId, 1, `My code is ${CANARY}`);
    await fixture.orchestrator.turn('acme', conversationId, 2, 'Do you remember it?');
    await waitFor(async () => (await ask(conversationId)).summary !== null, { what: 'the summary' });
  };
  /** Every table of memory-worker that still says it in plain text. */
  const tablesWithCanary = async () => {
    const tables = await fixture.rows<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'memory_worker' AND tablename <> 'migrations'`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const rows = await fixture.rows(`SELECT 1 FROM memory_worker.${name} t WHERE t::text LIKE $1`, [
        `%${CANARY}%`,
      ]);
      if (rows.length > 0) found.push(name);
    }
    return found;
  };

  it('is not remembered: no row, no hit, no plain text anywhere', async () => {
    await talked('conv_1');
    expect((await search()).length).toBeGreaterThan(0);
    expect(await tablesWithCanary()).toEqual(['memories']);
    await fixture.orchestrator.erase('acme', 'conv_1');
    await waitFor(async () => (await ask('conv_1')).memories.length === 0, {
      what: 'the memories to be gone',
    });
    expect(await search()).toEqual([]);
    expect(await tablesWithCanary()).toEqual([]);
    expect(await typesOf('conv_1')).toEqual([
      'memory.turn_remembered',
      'memory.turn_remembered',
      'memory.digest_due',
      'memory.summary_updated',
      'memory.forgotten',
    ]);
  });

  it('is forgotten at once where the orchestrator asks for it, and stays so whatever still comes', async () => {
    await talked('conv_2');
    await fixture.bus.request(memoryRequests.forget, ownContext('acme'), { conversation_id: 'conv_2' });
    expect(await search()).toEqual([]);
    await fixture.orchestrator.turn('acme', 'conv_2', 3, `Again: ${CANARY}`);
    await fixture.orchestrator.erase('acme', 'conv_2');
    await waitFor(
      async () =>
        (
          await fixture.rows<{ version: number }>(
            `SELECT version FROM memory_worker.inbox WHERE consumer = 'memory-worker-turns' AND stream_id = 'conv_2'`,
          )
        )[0]?.version === 11,
      { what: 'the erasure to be handled' },
    );
    expect((await typesOf('conv_2')).at(-1)).toBe('memory.forgotten');
    expect(await tablesWithCanary()).toEqual([]);
  });

  it('is forgotten too where nothing had been remembered yet', async () => {
    await fixture.orchestrator.begin('acme', 'conv_3');
    await fixture.orchestrator.erase('acme', 'conv_3');
    await waitFor(async () => (await typesOf('conv_3')).includes('memory.forgotten'), {
      what: 'it to be forgotten',
    });
  });

  it('leaves no memory of a turn that was erased before it was remembered', async () => {
    await fixture.shutDown(app);
    await fixture.orchestrator.begin('acme', 'conv_4', 'cust_4');
    await fixture.orchestrator.turn('acme', 'conv_4', 1, `Secret ${CANARY}`);
    await fixture.orchestrator.erase('acme', 'conv_4');
    app = await fixture.boot({ BATON_SUMMARY_EVERY: '2' });
    await waitFor(async () => (await typesOf('conv_4')).includes('memory.forgotten'), {
      what: 'it to be forgotten',
    });
    expect(await typesOf('conv_4')).toEqual(['memory.forgotten']);
    expect(await tablesWithCanary()).toEqual([]);
  });
});
