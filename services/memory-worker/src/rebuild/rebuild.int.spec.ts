import { memoryRequests } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { ownContext } from '../llm/llm.client.js';
import { MemoryWorkerFixture } from '../testing/memory-worker.fixture.js';
import { ServiceProcess } from '../testing/service-process.js';

describe('rebuilding a read model', () => {
  let fixture: MemoryWorkerFixture;

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
    fixture.router.offline = false;
    fixture.router.complete = (body) =>
      body.output_schema
        ? { output: { facts: [{ fact: `Fact of ${body.origin.conversation_id}`, turn_number: 1 }] } }
        : { text: `Summary ${body.call_id}` };
    await fixture.boot({ BATON_SUMMARY_EVERY: '2' });
    for (const tenant of ['acme', 'globex']) {
      for (const conversation of ['conv_1', 'conv_2', 'conv_3']) {
        await fixture.orchestrator.begin(tenant, conversation, 'cust_1');
        for (let turn = 1; turn <= 5; turn += 1)
          await fixture.orchestrator.turn(tenant, conversation, turn, `Question ${turn}`);
        fixture.router.record(tenant, conversation, '0.00001');
      }
    }
    await waitFor(
      async () =>
        (await fixture.rows(`SELECT 1 FROM memory_worker.memories WHERE kind = 'fact'`)).length === 6,
      { what: 'the facts' },
    );
    await fixture.orchestrator.erase('globex', 'conv_2');
    await waitFor(
      async () => (await count('memories', `tenant_id = 'globex' AND conversation_id = 'conv_2'`)) === 0,
      {
        what: 'one to be forgotten',
      },
    );
    await settled();
  });
  afterAll(() => fixture.stop());

  const count = async (table: string, where = 'true') =>
    (await fixture.rows(`SELECT 1 FROM memory_worker.${table} WHERE ${where}`)).length;
  /** Everything was read and digested. */
  const settled = () =>
    waitFor(
      async () =>
        (await count('memories', `kind = 'turn'`)) === 25 &&
        (await count('memories', `kind = 'summary' AND turn_number >= 4`)) === 5 &&
        (await count('conversation_analytics', 'ai_calls = 1')) === 6 &&
        (await count('conversation_analytics', 'erased')) === 1,
      { what: 'everything to be taken in', timeoutMs: 20_000 },
    );
  const digest = async (table: string) =>
    (
      await fixture.rows<{ sha: string }>(
        `SELECT encode(sha256(string_agg(t::text, E'\\n' ORDER BY t::text)::bytea), 'hex') AS sha FROM memory_worker.${table} t`,
      )
    )[0]?.sha;
  const rebuild = async (projection: string) => {
    const run = new ServiceProcess('rebuild.js', [projection], fixture.env);
    expect(await run.exit).toEqual({ code: 0, signal: null });
    return run.out;
  };

  it.each(['memories', 'conversation_analytics'])(
    'gives the same %s again, and calls no model',
    async (projection) => {
      const before = await digest(projection);
      const calls = fixture.router.embeds.size + fixture.router.completions.length;
      expect(await rebuild(projection)).toContain(`${projection}: rebuilt`);
      expect(await digest(projection)).toBe(before);
      expect(await rebuild(projection)).toContain(`${projection}: rebuilt`);
      expect(await digest(projection)).toBe(before);
      expect(fixture.router.embeds.size + fixture.router.completions.length).toBe(calls);
    },
  );

  it.each(['memories', 'conversation_analytics'])(
    'mends %s whose rows were lost, changed or made up',
    async (projection) => {
      const before = await digest(projection);
      await fixture.rows(`DELETE FROM memory_worker.${projection} WHERE conversation_id = 'conv_1'`);
      await fixture.rows(
        projection === 'memories'
          ? `UPDATE memory_worker.memories SET content = 'forged' WHERE conversation_id = 'conv_3'`
          : `UPDATE memory_worker.conversation_analytics SET ai_ms = 1, ai_cost_usd = 7 WHERE conversation_id = 'conv_3'`,
      );
      await fixture.rows(
        `INSERT INTO memory_worker.${projection} SELECT (jsonb_populate_record(t, '{"conversation_id": "conv_made_up"}')).*
         FROM memory_worker.${projection} t LIMIT 1`,
      );
      expect(await digest(projection)).not.toBe(before);
      await rebuild(projection);
      expect(await digest(projection)).toBe(before);
    },
  );

  it('loses nothing that is written meanwhile', async () => {
    const talk = (async () => {
      await fixture.orchestrator.begin('acme', 'conv_live', 'cust_2');
      for (let turn = 1; turn <= 30; turn += 1)
        await fixture.orchestrator.turn('acme', 'conv_live', turn, `Live ${turn}`);
    })();
    for (let round = 0; round < 2; round += 1) {
      await rebuild('memories');
      await rebuild('conversation_analytics');
    }
    await talk;
    await waitFor(
      async () => (await count('memories', `conversation_id = 'conv_live' AND kind = 'turn'`)) === 30,
      {
        what: 'all turns',
        timeoutMs: 20_000,
      },
    );
    await waitFor(
      async () =>
        (await count('conversation_analytics', `conversation_id = 'conv_live' AND turns = 30`)) === 1,
      {
        what: 'all turns to be counted',
        timeoutMs: 20_000,
      },
    );
    const { memories } = await fixture.bus.request(memoryRequests.ofConversation, ownContext('acme'), {
      conversation_id: 'conv_live',
    });
    expect(memories.filter((memory) => memory.kind === 'turn').map((memory) => memory.turn_number)).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
  });

  it('says what it can rebuild', async () => {
    const run = new ServiceProcess('rebuild.js', ['everything'], fixture.env);
    expect((await run.exit).code).toBe(2);
    expect(run.out).toContain('memories | conversation_analytics');
  });
});
