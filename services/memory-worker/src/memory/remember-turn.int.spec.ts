import {
  BatonError,
  type ConversationMemoryView,
  EVENTS_STREAM,
  memoryRequests,
  subjects,
} from '@baton/contracts';
import { DeadLetters, EventStore, type StoredLetter } from '@baton/event-store';
import { waitFor } from '@baton/testkit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { ownContext } from '../llm/llm.client.js';
import { MemoryWorkerFixture } from '../testing/memory-worker.fixture.js';
import { TurnsConsumer } from './turns.consumer.js';

describe('remembering turns', () => {
  let fixture: MemoryWorkerFixture;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
    app = await fixture.boot();
  });
  afterAll(() => fixture.stop());

  const memoryOf = (conversationId: string, tenantId = 'acme'): Promise<ConversationMemoryView> =>
    fixture.bus.request(memoryRequests.ofConversation, ownContext(tenantId), {
      conversation_id: conversationId,
    });
  const remembered = (conversationId: string, turns: number) =>
    waitFor(
      async () => {
        const found = await memoryOf(conversationId);
        return found.memories.filter((memory) => memory.kind === 'turn').length === turns && found;
      },
      { what: `${turns} memories of ${conversationId}` },
    );
  const statusOf = async (conversation_id: string, turn_numbers: number[]): Promise<string[]> =>
    (
      await fixture.bus.request(memoryRequests.ofTurns, ownContext('acme'), { conversation_id, turn_numbers })
    ).turns.map(({ memory }) => memory);
  const logOf = (conversationId: string) =>
    app.get(EventStore).readStream({ tenantId: 'acme', streamType: 'memory', streamId: conversationId });

  it('remembers each finished turn once, with both sides of it', async () => {
    await fixture.orchestrator.begin('acme', 'conv_1', 'cust_1');
    await fixture.orchestrator.turn('acme', 'conv_1', 1, 'Where is order 1001?', 'It is on its way.');
    await fixture.orchestrator.turn('acme', 'conv_1', 2, 'I want a person', null);
    expect(await remembered('conv_1', 2)).toMatchObject({
      summary: null,
      summarized_through_turn: 0,
      memories: [
        { kind: 'turn', turn_number: 1, content: 'Customer: Where is order 1001?\nAgent: It is on its way.' },
        { kind: 'turn', turn_number: 2, content: 'Customer: I want a person' },
      ],
    });
  });

  it('seals what the customer said, in the log, under the key of the conversation', async () => {
    const [sealed] = await app
      .get(EventStore)
      .sealed.stream({ tenantId: 'acme', streamType: 'memory', streamId: 'conv_1' });
    expect(sealed?.data).toMatchObject({
      content: { $sealed: expect.stringMatching(/^conversation\/conv_1\./) },
      customer_id: { $sealed: expect.any(String) },
      embedding: { $sealed: expect.any(String) },
    });
    const [opened] = await logOf('conv_1');
    expect(opened?.data).toMatchObject({ customer_id: 'cust_1', turn_number: 1 });
  });

  it('remembers a turn once, delivered five times at once and out of order, to two replicas', async () => {
    const other = await fixture.boot();
    const events = await fixture.orchestrator.begin('acme', 'conv_2');
    for (let turn = 1; turn <= 3; turn += 1)
      events.push(...(await fixture.orchestrator.turn('acme', 'conv_2', turn, `Question ${turn}`)));
    const deliveries = Array.from({ length: 5 }, () => events.toReversed()).flat();
    await Promise.allSettled(
      deliveries.map((event, index) =>
        (index % 2 === 0 ? app : other).get(TurnsConsumer, { strict: false }).receive(event),
      ),
    );
    await remembered('conv_2', 3);
    expect((await logOf('conv_2')).map((event) => event.data['turn_number'])).toEqual([1, 2, 3]);
    const keys = [...fixture.router.embeds.keys()].filter((key) => key.includes('memory:conv_2'));
    expect(keys).toHaveLength(3);
    await fixture.shutDown(other);
  });

  it('keeps tenants apart, of conversations with the same id too', async () => {
    for (const tenant of ['acme', 'globex']) {
      await fixture.orchestrator.begin(tenant, 'conv_same');
      await fixture.orchestrator.turn(tenant, 'conv_same', 1, `I am with ${tenant}`);
    }
    for (const tenant of ['acme', 'globex']) {
      const memory = await waitFor(
        async () => {
          const found = await memoryOf('conv_same', tenant);
          return found.memories.length > 0 && found;
        },
        { what: `the memory of ${tenant}` },
      );
      expect(memory.memories.map((each) => each.content)).toEqual([
        `Customer: I am with ${tenant}\nAgent: Noted.`,
      ]);
    }
  });

  it('shows the app role nothing without a tenant, and nothing of another', async () => {
    for (const table of ['memories', 'conversation_analytics', 'events', 'inbox']) {
      const rows = await fixture.database.hot(`SELECT * FROM memory_worker.${table}`, []);
      expect(rows).toEqual([]);
    }
    const tenants = await fixture.database.tenant('globex', (tenant) =>
      tenant.query<{ tenant_id: string }>('SELECT DISTINCT tenant_id FROM memories'),
    );
    expect(tenants).toEqual([{ tenant_id: 'globex' }]);
    await expect(
      fixture.database.tenant('globex', (tenant) =>
        tenant.query(
          `INSERT INTO projection_cursors (tenant_id, projection) VALUES ('acme', 'someone else''s')`,
        ),
      ),
    ).rejects.toThrow(/row-level security/);
  });

  it('takes any text that a customer can send', async () => {
    await fixture.orchestrator.begin('acme', 'conv_3');
    await fixture.orchestrator.turn('acme', 'conv_3', 1, 'nul \\u0000 and half a \\ud800 pair', '');
    await fixture.orchestrator.turn('acme', 'conv_3', 2, 'x'.repeat(32_000), 'y'.repeat(32_000));
    await fixture.orchestrator.turn('acme', 'conv_3', 3, '', null);
    const { memories } = await remembered('conv_3', 3);
    expect(memories.map((memory) => memory.content.length)).toEqual([
      memories[0]?.content.length,
      64_000 + 'Customer: \nAgent: '.length,
      0,
    ]);
  });

  it('waits out a model that is down, and counts it as no failure', async () => {
    let tries = 0;
    fixture.router.onEmbed = (body) => {
      if (body.call_id !== 'memory:conv_4:1' || (tries += 1) > 3) return;
      throw new BatonError('model-unavailable', 'No model');
    };
    await fixture.orchestrator.begin('acme', 'conv_4');
    await fixture.orchestrator.turn('acme', 'conv_4', 1, 'Is anybody there?');
    await waitFor(async () => (await memoryOf('conv_4')).memories.length === 1, {
      what: 'the memory after three refusals',
      timeoutMs: 40_000,
    });
    expect(tries).toBe(4);
    expect(await fixture.rows('SELECT * FROM memory_worker.handler_failures')).toEqual([]);
  });

  it('parks a turn that can never be remembered, and that conversation alone', async () => {
    fixture.router.onEmbed = (body) => {
      if (body.call_id === 'memory:conv_5:1') throw new BatonError('model-refused', 'Refused');
    };
    await fixture.orchestrator.begin('acme', 'conv_5');
    await fixture.orchestrator.turn('acme', 'conv_5', 1, 'Poison');
    await waitFor(async () => (await fixture.rows('SELECT * FROM memory_worker.dead_letters')).length === 1, {
      what: 'the dead letter',
      timeoutMs: 40_000,
    });
    await fixture.orchestrator.begin('acme', 'conv_6');
    await fixture.orchestrator.turn('acme', 'conv_6', 1, 'A neighbour');
    await remembered('conv_6', 1);
    expect(await statusOf('conv_5', [1])).toEqual(['FAILED']);
    expect(await statusOf('conv_6', [1, 2])).toEqual(['DONE', 'PENDING']);
    fixture.router.onEmbed = () => undefined;
  });

  it('says that a turn failed whose event was dropped, and remembers those behind it', async () => {
    await fixture.orchestrator.turn('acme', 'conv_5', 2, 'Behind the poison');
    expect(await statusOf('conv_5', [1, 2])).toEqual(['FAILED', 'FAILED']);
    const letters = new DeadLetters(fixture.database);
    const [letter] = await letters.list({ streamId: 'conv_5' }, 1);
    await letters.ask(letter as StoredLetter, { kind: 'drop', by: 'ana', reason: 'poison' });
    fixture.bus.publish(subjects.deadLetterPoke, {});
    await remembered('conv_5', 1);
    expect(await statusOf('conv_5', [1, 2])).toEqual(['FAILED', 'DONE']);
  });

  it('asks for the key of a conversation once, not once a turn', async () => {
    await fixture.orchestrator.begin('acme', 'conv_7');
    await fixture.orchestrator.turn('acme', 'conv_7', 1, 'One');
    await remembered('conv_7', 1);
    const before = fixture.orchestrator.keysAsked;
    for (let turn = 2; turn <= 5; turn += 1)
      await fixture.orchestrator.turn('acme', 'conv_7', turn, `Number ${turn}`);
    await remembered('conv_7', 5);
    expect(fixture.orchestrator.keysAsked).toBe(before);
  });

  it('finds in the log what the bus lost', async () => {
    await fixture.shutDown(app);
    await fixture.orchestrator.begin('acme', 'conv_8');
    await fixture.orchestrator.turn('acme', 'conv_8', 1, 'While you were out');
    await fixture.orchestrator.published();
    await (await fixture.bus.streams.jetstream()).streams.purge(EVENTS_STREAM);
    app = await fixture.boot();
    await remembered('conv_8', 1);
  });
});
