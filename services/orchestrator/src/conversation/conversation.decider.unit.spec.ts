import type { ConversationEvent } from '@baton/contracts';

import type { ConversationCommand } from './conversation.commands.js';
import { conversationDecider } from './conversation.decider.js';
import { type Conversation, isLive } from './conversation.state.js';
import {
  ANA,
  accept,
  at,
  BEN,
  finish,
  handover,
  handOver,
  KEY,
  message,
  resolve,
  startTurn,
  SUE,
} from './testing/examples.js';

/** Plays commands in order and gives the last state and the events of the last command. */
const play = (
  ...commands: ConversationCommand[]
): { state: Conversation; events: readonly ConversationEvent[] } => {
  let state = conversationDecider.initialState();
  let events: readonly ConversationEvent[] = [];
  for (const command of commands) {
    events = conversationDecider.decide(command, state);
    for (const event of events)
      state = conversationDecider.evolve(state, { ...event, occurred_at: command.now });
  }
  return { state, events };
};

const types = (events: readonly ConversationEvent[]): string[] =>
  events.map((event) => event.type.replace('conversation.', ''));

const pending = [message('t-1'), startTurn(1), handOver()] as const;
const active = [...pending, accept()] as const;

describe('a conversation', () => {
  it('begins with its first message, whose turn waits for the quiet window', () => {
    const { state, events } = play(message('t-1'));
    expect(types(events)).toEqual(['started', 'message_received']);
    expect(state).toMatchObject({ status: 'NEW', turn_count: 1, collecting: { due_at: at(0.4) } });
  });

  it.each<[unknown, object]>([
    ['Web', { channel: 'web' }],
    ['whats_app', { channel: 'whats_app' }],
    ['+49 151 2345678', {}],
    ['4915123456789', {}],
    ['ana@example.com', {}],
    ['a'.repeat(33), {}],
    [{ name: 'web' }, {}],
    [undefined, {}],
  ])(
    'notes in the open for analytics the channel %p as %p, and what an hour of a person costs',
    (channel, noted) => {
      const { events } = play(message('t-1', 0, { metadata: { channel }, human_cost_per_hour: '42.5' }));
      const { channel: said, human_cost_per_hour } = events[0]?.data as Record<string, unknown>;
      expect({ ...(said !== undefined && { channel: said }) }).toEqual(noted);
      expect(human_cost_per_hour).toBe('42.5');
    },
  );

  it('joins messages within the window into one turn, and never waits longer than it may', () => {
    const { state } = play(message('t-1', 0), message('t-2', 0.3), message('t-3', 1.9));
    expect(state).toMatchObject({ turn_count: 1, collecting: { due_at: at(2) } });
    expect(isLive(state) && state.collecting?.inputs.map((input) => input.turn_id)).toEqual([
      't-1',
      't-2',
      't-3',
    ]);
  });

  it('starts no turn before its window closes', () => {
    expect(play(message('t-1'), startTurn(0.1)).events).toEqual([]);
  });

  it('is FINISHED with a reply when the AI answers', () => {
    const { state, events } = play(message('t-1'), startTurn(1), finish());
    expect(types(events)).toEqual(['turn_completed']);
    expect(state).toMatchObject({ status: 'FINISHED', owner: 'ai', owner_epoch: 1 });
  });

  it('refuses the answer of a worker that lost the turn', () => {
    const retake: ConversationCommand = { type: 'RetakeTurn', now: at(1.5), turn_number: 1, attempt: 1 };
    expect(() => play(message('t-1'), startTurn(1), retake, finish(1, 1))).toThrow('has lost it');
    expect(play(message('t-1'), startTurn(1), retake, finish(1, 2)).state.status).toBe('FINISHED');
  });

  it('lets a message that comes mid-turn wait for the next turn', () => {
    const { state } = play(message('t-1'), startTurn(1), message('t-2', 1.2), finish());
    expect(state).toMatchObject({ status: 'FINISHED', turn_count: 2, collecting: { turn_number: 2 } });
  });

  describe('whose workflow restarts on new input', () => {
    const usage = { input_tokens: 40, output_tokens: 8, cost_usd: '0.001' };
    const late = (turnId: string, seconds: number, run_id = 'run_1') =>
      message(turnId, seconds, { restart: { run_id, usage } });
    const restarted = [message('t-1'), startTurn(1), late('t-2', 1.2)] as const;

    it('takes a message that comes mid-turn into the turn, whose attempt grows', () => {
      const { state, events } = play(...restarted);
      expect(types(events)).toEqual(['turn_restarted', 'message_received']);
      expect(events[0]?.data).toMatchObject({ turn_number: 1, run_id: 'run_1', attempt: 2 });
      expect(state).toMatchObject({
        status: 'AI_PROCESSING',
        turn_count: 1,
        collecting: null,
        usage,
        running: { run_id: null, attempt: 2, due_at: at(1.6), status: 'COLLECTING' },
      });
    });

    it('refuses what the attempt before would still say', () => {
      expect(() => play(...restarted, finish(1, 1))).toThrow('has lost it');
      expect(() => play(...restarted, finish(1, 2))).toThrow('has lost it');
    });

    it('begins anew behind the window, with all that was said, and ends once', () => {
      expect(play(...restarted, startTurn(1.3, 'run_2')).events).toEqual([]);
      const { state, events } = play(...restarted, message('t-3', 1.5), startTurn(2, 'run_2'));
      expect(events).toEqual([
        {
          type: 'conversation.turn_attempt_started',
          data: { turn_number: 1, run_id: 'run_2', attempt: 2 },
        },
      ]);
      expect(state).toMatchObject({ running: { run_id: 'run_2', status: 'PROCESSING' } });
      const done = play(...restarted, message('t-3', 1.5), startTurn(2, 'run_2'), finish(1, 2, 3));
      expect(done.events[0]?.data).toMatchObject({ message_ids: ['msg_t-1', 'msg_t-2', 'msg_t-3'] });
      expect(done.state.status).toBe('FINISHED');
    });

    it('waits no longer than it may for what else comes', () => {
      const { state } = play(...restarted, message('t-3', 1.5), message('t-4', 3.1));
      expect(state).toMatchObject({ running: { due_at: at(3.2) } });
    });

    it('restarts three times at most; then input waits for the next turn', () => {
      const commands: ConversationCommand[] = [message('t-1'), startTurn(1)];
      for (const n of [1, 2, 3]) {
        commands.push(late(`l-${n}`, n * 10, `run_${n}`), startTurn(n * 10 + 1, `run_${n + 1}`));
      }
      const { state, events } = play(...commands, late('l-4', 40, 'run_4'));
      expect(types(events)).toEqual(['message_received']);
      expect(state).toMatchObject({
        turn_count: 2,
        running: { turn_number: 1, attempt: 4 },
        collecting: { turn_number: 2 },
      });
    });

    it('lets input queue where the run has done what cannot be done again, or is not the one that was looked at', () => {
      for (const restart of [null, { run_id: 'run_before', usage }]) {
        const { state } = play(message('t-1'), startTurn(1), message('t-2', 1.2, { restart }));
        expect(state).toMatchObject({ collecting: { turn_number: 2 }, running: { run_id: 'run_1' } });
      }
    });

    it('gives the whole turn to a person who is asked for meanwhile', () => {
      const ask: ConversationCommand = { type: 'RequestHandover', now: at(1.3), handover: handover() };
      const { state, events } = play(...restarted, ask);
      expect(events[0]?.data).toMatchObject({ status: 'CANCELLED', message_ids: ['msg_t-1', 'msg_t-2'] });
      expect(state.status).toBe('PENDING_HUMAN');
    });
  });

  it('is PENDING_HUMAN when the AI hands over, with the turn ended once', () => {
    const { state, events } = play(...pending);
    expect(types(events)).toEqual(['turn_completed', 'handed_over']);
    expect(state).toMatchObject({ status: 'PENDING_HUMAN', owner: 'ai', owner_epoch: 1 });
  });

  it('gives messages that waited for the AI to the human', () => {
    const { state, events } = play(message('t-1'), startTurn(1), message('t-2', 1.2), handOver());
    expect(types(events)).toEqual(['turn_completed', 'turn_completed', 'handed_over']);
    expect(isLive(state) && state.unanswered.map((input) => input.turn_id)).toEqual(['t-2']);
  });

  it('cancels the running turn when a person is asked for over the API', () => {
    const { state, events } = play(message('t-1'), startTurn(1), {
      type: 'RequestHandover',
      now: at(2),
      handover: handover(),
    });
    expect(types(events)).toEqual(['turn_completed', 'handed_over']);
    expect(events[0]?.data).toMatchObject({ status: 'CANCELLED', reply: null });
    expect(state.status).toBe('PENDING_HUMAN');
  });

  it('starts no AI turn while a human is awaited or active', () => {
    const { state, events } = play(...active, message('t-2', 4));
    expect(types(events)).toEqual(['message_received', 'turn_completed']);
    expect(events[0]?.data).toMatchObject({ due_at: null });
    expect(state).toMatchObject({ status: 'HUMAN_ACTIVE', collecting: null });
  });

  it('belongs to who accepts first; the same acceptance twice is one', () => {
    const { state } = play(...active);
    expect(state).toMatchObject({ status: 'HUMAN_ACTIVE', owner: 'ana', owner_epoch: 2, agent_id: 'ana' });
    expect(play(...active, accept()).events).toEqual([]);
    expect(() => play(...active, accept('ben'))).toThrow('not open any more');
  });

  it('lets only its agent write in it', () => {
    const say = (actor: typeof ANA): ConversationCommand => ({
      type: 'SendHumanMessage',
      actor,
      now: at(4),
      message_id: 'msg_h',
      turn_id: 'h-1',
      content: 'Hello',
      user_input_hash: 'h',
    });
    expect(types(play(...active, say(ANA)).events)).toEqual(['human_message_sent']);
    for (const actor of [BEN, SUE, KEY]) expect(() => play(...active, say(actor))).toThrow('Only the agent');
    expect(() => play(...pending, say(ANA))).toThrow('Only the agent');
  });

  it('is resolved by its agent, a supervisor or an API key, and by no other', () => {
    for (const actor of [ANA, SUE, KEY])
      expect(play(...active, resolve('RESOLVED', actor)).state.status).toBe('RESOLVED');
    expect(() => play(...active, resolve('RESOLVED', BEN))).toThrow('Another agent');
  });

  it('goes back to the AI with guidance, and a new epoch', () => {
    const { state } = play(...active, resolve('BACK_TO_AI'));
    expect(state).toMatchObject({
      status: 'BACK_TO_AI',
      owner: 'ai',
      owner_epoch: 3,
      guidance: 'Offer a replacement',
      collecting: null,
    });
  });

  it('gives the AI what no human answered as its first business', () => {
    const { state } = play(...active, message('t-2', 4), resolve('BACK_TO_AI'));
    expect(state).toMatchObject({
      collecting: { turn_number: 3, due_at: at(5), inputs: [{ turn_id: 't-2' }] },
    });
    expect(
      play(...active, message('t-2', 4), resolve('BACK_TO_AI'), startTurn(6, 'run_2')).state.status,
    ).toBe('AI_PROCESSING');
  });

  it('forgets unanswered messages once the human has written', () => {
    const said: ConversationCommand = {
      type: 'SendHumanMessage',
      actor: ANA,
      now: at(4.5),
      message_id: 'msg_h',
      turn_id: 'h-1',
      content: 'Done',
      user_input_hash: 'h',
    };
    expect(play(...active, message('t-2', 4), said, resolve('BACK_TO_AI')).state).toMatchObject({
      collecting: null,
    });
  });

  it('runs a turn at once when told to continue', () => {
    expect(play(...active, resolve('BACK_TO_AI', ANA, true)).state).toMatchObject({
      collecting: { inputs: [] },
    });
  });

  it('lets the customer cancel the wait, but not once a human is on it', () => {
    const cancel: ConversationCommand = { type: 'CancelHandover', now: at(4) };
    expect(play(...pending, cancel).state.status).toBe('BACK_TO_AI');
    expect(() => play(...active, cancel)).toThrow('Nobody is awaited');
    expect(() => play(message('t-1'), cancel)).toThrow('Nobody is awaited');
  });

  it('goes back to the queue when released or transferred, with its handover', () => {
    const release: ConversationCommand = { type: 'Release', now: at(4), actor: ANA, note: null };
    expect(play(...active, release).state).toMatchObject({
      status: 'PENDING_HUMAN',
      owner: 'ai',
      owner_epoch: 3,
      handover: { handover_id: 'ho_1' },
    });
    expect(() => play(...active, { ...release, actor: BEN })).toThrow('Another agent');
    expect(() => play(...pending, release)).toThrow('No person has');
  });

  it('is taken over by a supervisor in the middle of an AI turn, in one append', () => {
    const take: ConversationCommand = {
      type: 'Assign',
      now: at(2),
      agent_id: 'sue',
      handover: handover('ho_2', 'staff'),
    };
    const { state, events } = play(message('t-1'), startTurn(1), take);
    expect(types(events)).toEqual(['turn_completed', 'handed_over', 'assigned']);
    expect(state).toMatchObject({ status: 'HUMAN_ACTIVE', owner: 'sue', owner_epoch: 2 });
    expect(() => play(message('t-1'), startTurn(1), take, finish(1, 1, 3))).toThrow('has lost it');
    expect(() => play(message('t-1'), take, take)).toThrow('has it already');
  });

  it('keeps the workflow it began with', () => {
    const other = message('t-2', 1, { workflow: { name: 'simple_qa', version: 1 }, workflow_named: true });
    expect(() => play(message('t-1'), other)).toThrow('runs customer_support');
  });

  it('keeps its shape and nothing else once erased', () => {
    const { state } = play(...active, { type: 'Erase', now: at(6) });
    expect(state).toMatchObject({ status: 'ERASED', customer: null, guidance: null, collecting: null });
    expect(() => play(...active, { type: 'Erase', now: at(6) }, message('t-9', 7))).toThrow('erased');
    expect(play(...active, { type: 'Erase', now: at(6) }, { type: 'Erase', now: at(7) }).events).toEqual([]);
  });

  it('is not there before its first message', () => {
    expect(() => play({ type: 'CancelHandover', now: at(0) })).toThrow('no such conversation');
  });
});
