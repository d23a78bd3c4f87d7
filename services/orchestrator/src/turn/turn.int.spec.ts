import {
  BatonError,
  type BodyOf,
  type Completion,
  conversationRequests as conversations,
  type llmRequests,
  operationsRequests,
  type TurnView,
  workflowRequests,
} from '@baton/contracts';
import { Metrics } from '@baton/service';
import { waitFor } from '@baton/testkit';
import { Redis } from 'ioredis';

import { OrchestratorFixture } from '../run/testing/orchestrator.fixture.js';

type Asked = BodyOf<typeof llmRequests.complete>;

/** One agent that answers, in a conversation whose settings a test names. */
const workflow = (name: string, conversation: string): string => `
name: ${name}
nodes:
  rates: { type: transform, value: "{{ [19, 7] }}" }
  answer: { type: agent, agent: reasoning, needs: [rates], tools: [orders.lookup, orders.refund] }
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
  'strict.yaml': workflow('strict', '{ debounce: { quiet: 50ms } }').concat(
    'hil_config: { handover_triggers: [repetition] }\n',
  ),
  'lenient.yaml': workflow('lenient', '{ debounce: { quiet: 50ms } }'),
  'careless.yaml': workflow('careless', '{ debounce: { quiet: 50ms }, dedup: { last: 0 } }'),
  'firm.yaml': `
name: firm
nodes:
  answer:
    type: agent
    agent: simple
    prompt: "{{ input.message }}"
    output: { type: object, properties: { reply: { type: string }, sink: { type: string } } }
  done: { type: sink, sink: FINISH, needs: [answer], reply: "{{ nodes.answer.reply }}", confidence: 1 }
conversation: { debounce: { quiet: 50ms } }
`,
  'patient.yaml': workflow('patient', '{ debounce: { quiet: 4s, max_wait: 20s } }'),
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
/** To each text a vector of its own, at right angles to the others. */
const seen: string[] = [];
const unlike = (texts: readonly string[]): number[][] =>
  texts.map((text) => {
    if (!seen.includes(text)) seen.push(text);
    return Array.from({ length: 200 }, (_, index) => Number(index === seen.indexOf(text)));
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
    fixture.services.embed = unlike;
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
      const ended = await Promise.all(['t-1', 't-2'].map((id) => talk.outcome(id)));
      for (const { reply } of ended) expect(reply?.content).toBe('You said text of t-1\ntext of t-2');
      expect(new Set(ended.map(({ reply }) => reply?.message_id)).size).toBe(1);
      const [turn, ...others] = await talk.turns();
      expect(others).toEqual([]);
      expect(turn).toMatchObject({ attempts: 2, inputs: [{}, {}], status: 'COMPLETED' });
      expect(turn?.run_id).not.toBe(before?.run_id);
      const runs = await Promise.all(
        [before, turn].map((each) =>
          fixture.ask(workflowRequests.getRun, { run_id: each?.run_id as string }),
        ),
      );
      expect(runs.map(({ status }) => status)).toEqual(['CANCELLED', 'COMPLETED']);
      // What the new input can't have changed is not done again.
      const [rates, same] = runs.map(({ steps }) => steps.find(({ id }) => id === 'rates'));
      expect(same).toEqual(rates);
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

  describe('whose answer was given before', () => {
    const RETURNS = 'You can return any item within 30 days of delivery for a full refund.';
    const NEW = 'Shipping is free from 50 euros on; below that it costs 4.90 euros.';
    /** Each of the customer's messages to its answers, in the order in which they are asked for. */
    const script = (answers: Record<string, readonly string[]>) => {
      const asked: Asked[] = [];
      const given = new Map<string, number>();
      fixture.services.complete = (body) => {
        asked.push(body);
        const { question = '' } = body;
        const number = given.get(question) ?? 0;
        given.set(question, number + 1);
        return { text: answers[question]?.[number] ?? 'No such answer', confidence: 0.9 };
      };
      return asked;
    };
    /** Says each message, one turn each, and gives the last turn with its terminal event and its requests. */
    const lastOf = async (workflowName: string, answers: Record<string, readonly string[]>) => {
      const asked = script(answers);
      const talk = conversation(workflowName);
      let turn: TurnView | undefined;
      for (const [index, message] of Object.keys(answers).entries()) {
        await talk.say(`t-${index}`, message);
        turn = await talk.outcome(`t-${index}`);
      }
      const ends = (await talk.events()).filter(({ type }) => type === 'conversation.turn_completed');
      return { talk, turn: turn as TurnView, end: ends.at(-1)?.data, asked };
    };

    it('is asked for once more with that said, and the new answer goes out', async () => {
      const { turn, end, asked } = await lastOf('strict', {
        'What about returns?': [RETURNS],
        'And what does the shipping cost me?': [RETURNS, NEW],
      });
      expect(turn).toMatchObject({ state: 'FINISHED', reply: { content: NEW } });
      expect(end).toMatchObject({
        repetition: { kind: 'exact', similarity: null, of_turn: 1, outcome: 'regenerated' },
      });
      const again = asked.at(-1);
      expect(again?.messages.at(-2)).toMatchObject({ role: 'assistant', content: RETURNS });
      expect(again?.messages.at(-1)).toMatchObject({
        role: 'user',
        content: expect.stringContaining(RETURNS),
      });
      expect(asked).toHaveLength(3);
    });

    it('goes to a person when it is given again, once, and both answers are paid for', async () => {
      const { turn, end, asked, talk } = await lastOf('strict', {
        'What about returns?': [RETURNS],
        'And what does the shipping cost me?': [RETURNS, `${RETURNS.toUpperCase()}..`],
      });
      expect(turn).toMatchObject({
        status: 'COMPLETED',
        state: 'PENDING_HUMAN',
        reply: null,
        handover: { reason: 'repetition' },
      });
      expect(end).toMatchObject({
        repetition: { kind: 'exact', outcome: 'handed_over' },
        usage: { input_tokens: 20 },
      });
      expect(asked).toHaveLength(3);
      const view = await fixture.ask(conversations.get, { conversation_id: talk.conversation_id });
      expect(view.handover_context?.note).toContain('repeated');
    });

    it('is counted, by what it repeated and what became of it', async () => {
      const counted = async () => {
        const all = fixture.replicas.map((app) =>
          app.get(Metrics).counter('baton_repeated_replies_total', '').get(),
        );
        return (await Promise.all(all))
          .flatMap(({ values }) => values)
          .filter(({ labels }) => labels['kind'] === 'exact' && labels['outcome'] === 'regenerated')
          .reduce((sum, { value }) => sum + value, 0);
      };
      const before = await counted();
      await lastOf('strict', { 'What about returns?': [RETURNS], 'And the shipping?': [RETURNS, NEW] });
      expect(await counted()).toBe(before + 1);
    });

    it('goes out the second time where the workflow does not hand over for it, and at once where it does not look', async () => {
      const answers = { 'What about returns?': [RETURNS], 'And the shipping?': [RETURNS, RETURNS] };
      const lenient = await lastOf('lenient', answers);
      expect([lenient.turn.reply?.content, lenient.asked.length]).toEqual([RETURNS, 3]);
      expect(lenient.end).toMatchObject({ repetition: { outcome: 'sent' } });
      const careless = await lastOf('careless', answers);
      expect([careless.turn.reply?.content, careless.asked.length]).toEqual([RETURNS, 2]);
      expect(careless.end).not.toHaveProperty('repetition');
    });

    it('is found in other words too, by its embedding; a short one is not', async () => {
      const near = 'You may return items within 30 days of delivery and get a full refund.';
      fixture.services.embed = (texts) =>
        texts.map((text) => (/refund|^Yes/.test(text) ? [1, 0] : (unlike([text])[0] as number[])));
      const found = await lastOf('strict', {
        'What about returns?': [RETURNS],
        'And what does the shipping cost me?': [near, NEW],
      });
      expect(found.end).toMatchObject({
        reply: { content: NEW },
        repetition: { kind: 'near', similarity: 1, of_turn: 1, outcome: 'regenerated' },
      });
      const short = await lastOf('strict', {
        'Is it open?': ['Yes, it is.'],
        'On Monday too?': ['yes, it  IS!'],
      });
      expect(short.end).toMatchObject({ repetition: { kind: 'exact' } });
      const shorter = await lastOf('strict', {
        'Is it open?': ['Yes, it is.'],
        'On Monday too?': ['Yes, so it is.'],
      });
      expect(shorter.end).not.toHaveProperty('repetition');
    });

    it('may be given again to who asks the same again, in these words or others', async () => {
      fixture.services.embed = (texts) => texts.map((text) => (text.includes('eturn') ? [1, 0] : [0, 1]));
      for (const again of ['what about  RETURNS', 'Can I return what I have bought?']) {
        const { turn, end } = await lastOf('strict', {
          'What about returns?': [RETURNS],
          [again]: [RETURNS],
        });
        expect(turn.reply?.content).toBe(RETURNS);
        expect(end).not.toHaveProperty('repetition');
      }
    });

    it("must not be the customer's own words", async () => {
      const { turn, end } = await lastOf('strict', { 'Where is my order?': ['Where is my order', NEW] });
      expect(turn.reply?.content).toBe(NEW);
      expect(end).toMatchObject({ repetition: { kind: 'echo', of_turn: 1, outcome: 'regenerated' } });
    });

    it('is still held against exact repetition while there are no embeddings, and says so', async () => {
      fixture.services.embed = () => {
        throw new BatonError('model-unavailable', 'No embeddings today');
      };
      const { turn, end } = await lastOf('strict', {
        'What about returns?': [RETURNS],
        'And what does the shipping cost me?': [RETURNS.replace('any item', 'all items'), NEW],
      });
      expect(turn.reply?.content).toContain('all items');
      expect(end).toMatchObject({ repetition_check: 'exact_only' });
      expect(end).not.toHaveProperty('repetition');
      const exact = await lastOf('strict', {
        'What about returns?': [RETURNS],
        'And what does the shipping cost me?': [RETURNS, NEW],
      });
      expect(exact.end).toMatchObject({ repetition: { outcome: 'regenerated' } });
    });
  });

  describe('whose agent would hand over, in a workflow that does not list that', () => {
    const firm = async (output: Record<string, unknown>) => {
      fixture.services.complete = () => ({ output, text: JSON.stringify(output) });
      const talk = conversation('firm');
      await talk.say('t-1');
      const turn = await talk.outcome('t-1');
      const [{ run_id } = { run_id: null }] = await talk.turns();
      return { turn, run: await fixture.ask(workflowRequests.getRun, { run_id: run_id as string }) };
    };

    it('is finished with the reply that the sink has', async () => {
      const { turn, run } = await firm({ reply: 'I can do that', sink: 'HANDOVER' });
      expect(turn).toMatchObject({ state: 'FINISHED', reply: { content: 'I can do that' }, handover: null });
      expect(run).toMatchObject({ status: 'COMPLETED', sink: 'FINISH', handover: null });
    });

    it('has failed where there is none: nobody is left without an answer', async () => {
      const { turn } = await firm({ sink: 'HANDOVER', note: 'Not for me' });
      expect(turn).toMatchObject({
        status: 'FAILED',
        state: 'PENDING_HUMAN',
        handover: { reason: 'failure' },
      });
    });
  });

  it('is told while it is open, and as stuck where it takes too long; to its own tenant alone', async () => {
    const { talk, model } = await inTheMiddle('queues');
    const open = () => fixture.ask(operationsRequests.openWork, {});
    await waitFor(async () => (await open()).turns.processing === 1, { what: 'the turn to be played' });
    expect(await open()).toMatchObject({ stuck: [], stuck_count: 0, runs: { running: 0, silent: 0 } });
    const { conversation_id } = talk;
    await fixture.database.system(
      `UPDATE orchestrator.conversation_turns SET started_at = started_at - interval '5 minutes' WHERE conversation_id = $1`,
      [conversation_id],
    );
    const [turn] = await talk.turns();
    expect(await open()).toMatchObject({
      stuck: [{ conversation_id, turn_number: 1, status: 'PROCESSING', run_id: turn?.run_id, attempts: 1 }],
      stuck_count: 1,
    });
    const elsewhere = await fixture.ask(operationsRequests.openWork, {}, { tenant_id: 'another' });
    expect(elsewhere).toMatchObject({ turns: { processing: 0, oldest_received_at: null }, stuck_count: 0 });
    model.open();
    await talk.outcome('t-1');
    expect((await open()).turns).toEqual({ collecting: 0, processing: 0, oldest_received_at: null });

    // Its run is told event by event, each in the trace of what began it.
    const run_id = turn?.run_id ?? '';
    const { items: events } = await fixture.ask(workflowRequests.runEvents, { run_id, limit: 200 });
    expect(events[0]).toMatchObject({ version: 1, type: 'run.started', trace_id: null });
    expect(events.at(-1)?.type).toBe('run.completed');
    const first = await fixture.ask(workflowRequests.runEvents, { run_id, limit: 1 });
    const cursor = first.next_cursor ?? '';
    const rest = await fixture.ask(workflowRequests.runEvents, { run_id, limit: 200, cursor });
    expect([...first.items, ...rest.items]).toEqual(events);
    await expect(
      fixture.ask(workflowRequests.runEvents, { run_id: 'run_none', limit: 1 }),
    ).rejects.toMatchObject({
      code: 'not-found',
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
