import { BatonError, type ConversationMemoryView, memoryRequests } from '@baton/contracts';
import { EventStore } from '@baton/event-store';
import { waitFor } from '@baton/testkit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { ownContext } from '../llm/llm.client.js';
import { MemoryWorkerFixture } from '../testing/memory-worker.fixture.js';

describe('digests', () => {
  let fixture: MemoryWorkerFixture;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
    app = await fixture.boot();
  });
  afterAll(() => fixture.stop());

  const memoryOf = (conversationId: string): Promise<ConversationMemoryView> =>
    fixture.bus.request(memoryRequests.ofConversation, ownContext('acme'), {
      conversation_id: conversationId,
    });
  const summarised = (conversationId: string, through: number) =>
    waitFor(
      async () => {
        const memory = await memoryOf(conversationId);
        return memory.summarized_through_turn === through && memory;
      },
      { what: `the summary of ${conversationId} through turn ${through}`, timeoutMs: 20_000 },
    );
  const talk = async (conversationId: string, from: number, through: number) => {
    for (let turn = from; turn <= through; turn += 1)
      await fixture.orchestrator.turn('acme', conversationId, turn, `Question ${turn}`, `Answer ${turn}`);
  };
  const prompts = (conversationId: string) =>
    fixture.router.completions.filter((body) => body.origin.conversation_id === conversationId);

  it('summarises every four turns, from the summary before and the turns since alone', async () => {
    let calls = 0;
    fixture.router.complete = () => ({ text: `Summary ${(calls += 1)}` });
    await fixture.orchestrator.begin('acme', 'conv_1');
    await talk('conv_1', 1, 4);
    expect(await summarised('conv_1', 4)).toMatchObject({ summary: 'Summary 1' });
    await talk('conv_1', 5, 8);
    expect(await summarised('conv_1', 8)).toMatchObject({ summary: 'Summary 2' });
    const [first, second] = prompts('conv_1').map((body) => body.messages.at(-1)?.content ?? '');
    expect(first).toContain('Turns since:\nCustomer: Question 1\nAgent: Answer 1');
    expect(second).toContain('Summary so far:\nSummary 1');
    expect(second).toContain('Turns since:\nCustomer: Question 5\n');
    expect(second).not.toContain('Question 4');
    expect(prompts('conv_1')).toHaveLength(2);
    expect(prompts('conv_1')[0]).toMatchObject({ model: 'fast' });
  });

  it('keeps remembering turns while summaries fail, and takes all in when they work again', async () => {
    let down = true;
    fixture.router.complete = () => {
      if (down) throw new BatonError('model-unavailable', 'No model');
      return { text: 'At last' };
    };
    await fixture.orchestrator.begin('acme', 'conv_2');
    await talk('conv_2', 1, 9);
    await waitFor(async () => (await memoryOf('conv_2')).memories.length === 9, { what: 'nine memories' });
    expect((await memoryOf('conv_2')).summary).toBeNull();
    const before = prompts('conv_2').length;
    down = false;
    await waitFor(async () => (await memoryOf('conv_2')).summarized_through_turn >= 8, {
      what: 'the summary',
      timeoutMs: 20_000,
    });
    const taken = prompts('conv_2')
      .slice(before)
      .map((body) => body.messages.at(-1)?.content)
      .join('\n');
    for (let turn = 1; turn <= 8; turn += 1) expect(taken).toContain(`Customer: Question ${turn}\n`);
  });

  it('puts a summary that fails for good among the dead letters, and the turns go on', async () => {
    fixture.router.complete = () => {
      throw new BatonError('model-refused', 'No');
    };
    await fixture.orchestrator.begin('acme', 'conv_3');
    await talk('conv_3', 1, 5);
    await waitFor(
      async () => {
        const [letter] = await fixture.rows<{ consumer: string }>(
          `SELECT consumer, attempts FROM memory_worker.dead_letters WHERE stream_id = 'conv_3'`,
        );
        return letter?.consumer === 'memory-worker-summaries';
      },
      { what: 'the dead letter', timeoutMs: 30_000 },
    );
    await waitFor(async () => (await memoryOf('conv_3')).memories.length === 5, { what: 'five memories' });
  });

  it('extracts no facts offline, and asks no model for them', async () => {
    fixture.router.complete = () => ({ text: 'A summary' });
    await fixture.orchestrator.begin('acme', 'conv_4', 'cust_4');
    await talk('conv_4', 1, 4);
    await summarised('conv_4', 4);
    await waitFor(
      async () =>
        (
          await fixture.rows(
            `SELECT 1 FROM memory_worker.inbox WHERE consumer = 'memory-worker-facts' AND stream_id = 'conv_4'`,
          )
        ).length === 1,
      { what: 'the facts consumer to be done' },
    );
    expect(prompts('conv_4').every((body) => body.output_schema === undefined)).toBe(true);
  });

  it('records what a served model finds out about the customer, with its turn, once', async () => {
    fixture.router.offline = false;
    fixture.router.complete = (body) =>
      body.output_schema
        ? { output: { facts: [{ fact: 'The customer has a Model X.', turn_number: 2 }] } }
        : { text: 'A summary' };
    for (const conversation of ['conv_5', 'conv_6']) {
      await fixture.orchestrator.begin('acme', conversation, 'cust_5');
      await talk(conversation, 1, 4);
      await summarised(conversation, 4);
    }
    const facts = await waitFor(
      async () => {
        const found = (await memoryOf('conv_5')).memories.filter((memory) => memory.kind === 'fact');
        return found.length > 0 && found;
      },
      { what: 'the fact' },
    );
    expect(facts).toMatchObject([{ content: 'The customer has a Model X.', turn_number: 2 }]);
    // The other conversation of the same customer says the same: it is known already.
    await waitFor(() => prompts('conv_6').some((body) => body.output_schema), {
      what: 'the second question',
    });
    expect((await memoryOf('conv_6')).memories.filter((memory) => memory.kind === 'fact')).toEqual([]);
    expect(
      prompts('conv_6')
        .find((body) => body.output_schema)
        ?.messages.at(-1)?.content,
    ).toContain('- The customer has a Model X.');
    fixture.router.offline = true;
  });

  it('summarises nothing of a conversation that was erased meanwhile', async () => {
    let asked: () => void = () => undefined;
    let answer: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => (asked = resolve));
    const later = new Promise<void>((resolve) => (answer = resolve));
    fixture.router.complete = async () => {
      asked();
      await later;
      return { text: 'Too late' };
    };
    await fixture.orchestrator.begin('acme', 'conv_7');
    await talk('conv_7', 1, 4);
    await underWay;
    await fixture.orchestrator.erase('acme', 'conv_7');
    await waitFor(async () => (await memoryOf('conv_7')).memories.length === 0, {
      what: 'nothing to be left',
    });
    answer();
    await waitFor(
      async () =>
        (
          await fixture.rows(
            `SELECT 1 FROM memory_worker.inbox WHERE consumer = 'memory-worker-summaries' AND stream_id = 'conv_7'`,
          )
        ).length === 1,
      { what: 'the digest to be done' },
    );
    expect(await memoryOf('conv_7')).toEqual({ summary: null, summarized_through_turn: 0, memories: [] });
    const log = await app
      .get(EventStore)
      .readStream({ tenantId: 'acme', streamType: 'memory', streamId: 'conv_7' });
    expect(log.at(-1)?.type).toBe('memory.forgotten');
  });
});
