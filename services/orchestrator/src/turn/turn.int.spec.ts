import {
  type BodyOf,
  type Completion,
  conversationRequests as conversations,
  type llmRequests,
  type TurnView,
} from '@baton/contracts';
import { waitFor } from '@baton/testkit';
import { Redis } from 'ioredis';

import { OrchestratorFixture } from '../run/testing/orchestrator.fixture.js';

type Asked = BodyOf<typeof llmRequests.complete>;

/** One agent that answers, in a conversation whose settings a test names. */
const workflow = (name: string, conversation: string): string => `
name: ${name}
nodes:
  answer: { type: agent, agent: reasoning, tools: [orders.lookup, orders.refund] }
  done:
    type: sink
    sink: FINISH
    needs: [answer]
    reply: "{{ nodes.answer.text }}"
    confidence: "{{ nodes.answer.confidence }}"
approvals:
  - { tool: orders.refund, risk: LOW }
conversation: ${conversation}
`;
const WORKFLOWS = {
  'queues.yaml': workflow('queues', '{ debounce: { quiet: 100ms, max_wait: 2s } }'),
  'restarts.yaml': workflow(
    'restarts',
    '{ debounce: { quiet: 100ms, max_wait: 2s }, on_new_input: restart }',
  ),
  'patient.yaml': workflow('patient', '{ debounce: { quiet: 1500ms, max_wait: 5s } }'),
};

const ENDED: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);

/** A model call that a test lets go on. */
const gate = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
};
const customersWords = ({ messages }: Asked): string =>
  messages
    .filter(({ role }) => role === 'user')
    .map(({ content }) => content)
    .join('\n');
const echo = (asked: Asked): Partial<Completion> => ({
  text: `You said ${customersWords(asked)}`,
  confidence: 0.9,
});
const refund: Partial<Completion> = {
  tool_calls: [{ id: 'c1', name: 'orders.refund', args: { order_id: '1004', amount: 10 } }],
  stop_reason: 'tool_calls',
};

describe('a turn', () => {
  let fixture: OrchestratorFixture;
  let count = 0;

  beforeAll(async () => {
    fixture = await OrchestratorFixture.start(WORKFLOWS);
    await Promise.all([fixture.boot(), fixture.boot()]);
  });
  afterAll(() => fixture?.stop());
  beforeEach(() => {
    fixture.services.complete = echo;
    fixture.services.cancelled.length = 0;
  });

  const conversation = (workflow_name: string) => {
    const conversation_id = `conv_${(count += 1)}`;
    const turn = (turn_id: string): Promise<TurnView> =>
      fixture.ask(conversations.turn, { conversation_id, turn_id });
    return {
      conversation_id,
      turn,
      say: async (turn_id: string, message = `text of ${turn_id}`) => {
        const body = { conversation_id, turn_id, message, sender_type: 'user' as const, workflow_name };
        return (await fixture.ask(conversations.receiveMessage, body)).result;
      },
      outcome: (turn_id: string) =>
        waitFor(
          async () => {
            const now = await turn(turn_id);
            return ENDED.has(now.status) && now;
          },
          { what: `the end of ${turn_id}`, timeoutMs: 40_000 },
        ),
      turns: async () => (await fixture.ask(conversations.turns, { conversation_id })).items,
      events: async () => (await fixture.ask(conversations.events, { conversation_id, limit: 200 })).items,
    };
  };
  type Talk = ReturnType<typeof conversation>;

  /** One reply, however many workers had the turn. */
  const expectOneEnd = async (talk: Talk): Promise<void> => {
    const ends = (await talk.events()).filter(({ type }) => type === 'conversation.turn_completed');
    expect(new Set(ends.map(({ data }) => data['turn_number'])).size).toBe(ends.length);
    expect(ends).toHaveLength((await talk.turns()).length);
  };

  /** Says something and waits until the model is at it; then the test has the model in its hand. */
  const inTheMiddle = async (workflowName: string) => {
    const talk = conversation(workflowName);
    const [asked, model] = [gate(), gate()];
    fixture.services.complete = async (body) => {
      asked.open();
      if (customersWords(body).endsWith('text of t-1')) await model.opened;
      return echo(body);
    };
    await talk.say('t-1');
    await asked.opened;
    return { talk, model };
  };

  describe('that new input meets', () => {
    it('goes on where input queues, and the next turn takes it up', async () => {
      const { talk, model } = await inTheMiddle('queues');
      expect(await talk.say('t-2')).toMatchObject({ turn_number: 2, status: 'COLLECTING' });
      model.open();
      expect((await talk.outcome('t-1')).reply?.content).toBe('You said text of t-1');
      expect((await talk.outcome('t-2')).reply?.content).toContain('text of t-2');
      expect(fixture.services.cancelled).toEqual([]);
    });

    it('begins anew with both where the workflow says restart: the call is cancelled, each gets the same reply', async () => {
      const { talk, model } = await inTheMiddle('restarts');
      const [before] = await talk.turns();
      expect(await talk.say('t-2')).toMatchObject({ turn_number: 1, status: 'COLLECTING' });
      await talk.say('t-3');
      const ended = await Promise.all(['t-1', 't-2', 't-3'].map((id) => talk.outcome(id)));
      for (const { reply } of ended)
        expect(reply?.content).toBe('You said text of t-1\ntext of t-2\ntext of t-3');
      expect(new Set(ended.map(({ reply }) => reply?.message_id)).size).toBe(1);
      const [turn, ...others] = await talk.turns();
      expect(others).toEqual([]);
      expect(turn).toMatchObject({ attempts: 2, inputs: [{}, {}, {}], status: 'COMPLETED' });
      expect(turn?.run_id).not.toBe(before?.run_id);
      await waitFor(() => fixture.services.cancelled.length > 0, { what: 'the call to be cancelled' });
      // What comes too late is nobody's answer.
      model.open();
      await expectOneEnd(talk);
    });

    it('lets it queue once a tool with a side effect has started', async () => {
      const talk = conversation('restarts');
      const [asked, model] = [gate(), gate()];
      fixture.services.complete = async (body) => {
        if (!body.messages.some(({ role }) => role === 'tool')) return refund;
        asked.open();
        await model.opened;
        return echo(body);
      };
      await talk.say('t-1');
      await asked.opened;
      expect(await talk.say('t-2')).toMatchObject({ turn_number: 2 });
      model.open();
      await Promise.all(['t-1', 't-2'].map((id) => talk.outcome(id)));
      expect((await talk.turns()).map(({ attempts }) => attempts)).toEqual([1, 1]);
    });
  });

  it('waits out its window over a restart of every replica', async () => {
    const talk = conversation('patient');
    await talk.say('t-1');
    await fixture.restart();
    await talk.say('t-2');
    expect((await talk.outcome('t-1')).reply?.content).toBe('You said text of t-1\ntext of t-2');
    expect(await talk.turns()).toHaveLength(1);
  });

  describe('whose lease is in Redis', () => {
    it('is answered once when Redis forgets the lease in the middle of it', async () => {
      const { talk, model } = await inTheMiddle('queues');
      const redis = new Redis(fixture.redis.url);
      await redis.flushall();
      redis.disconnect();
      await talk.say('t-2');
      model.open();
      await Promise.all(['t-1', 't-2'].map((id) => talk.outcome(id)));
      await expectOneEnd(talk);
    });

    it('is answered, later, while Redis is frozen, and while it is gone', async () => {
      const { talk, model } = await inTheMiddle('queues');
      fixture.redis.kill('SIGSTOP');
      await talk.say('t-2');
      model.open();
      const frozen = Array.from({ length: 5 }, () => conversation('queues'));
      await Promise.all(frozen.map((each) => each.say('t-1')));
      await Promise.all([talk.outcome('t-2'), ...frozen.map((each) => each.outcome('t-1'))]);
      fixture.redis.kill('SIGCONT');
      fixture.redis.kill('SIGKILL');
      const without = Array.from({ length: 5 }, () => conversation('queues'));
      await Promise.all(without.flatMap((each) => ['t-1', 't-2'].map((id) => each.say(id))));
      await Promise.all(without.map((each) => each.outcome('t-2')));
      for (const each of [talk, ...frozen, ...without]) await expectOneEnd(each);
      await fixture.redis.ensureRunning();
    });
  });
});
