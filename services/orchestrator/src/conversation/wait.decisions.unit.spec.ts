import type { ConversationEvent, RoutingPolicy, WaitEstimate } from '@baton/contracts';

import type { ConversationCommand, HoursNow, TellWait } from './conversation.commands.js';
import { conversationDecider } from './conversation.decider.js';
import { type Conversation, isLive } from './conversation.state.js';
import { ANA, accept, at, finish, handover, handOver, message, startTurn, SUE } from './testing/examples.js';

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
const told = (events: readonly ConversationEvent[]) =>
  events.map((event) =>
    event.type === 'conversation.notice_sent' ? event.data.kind : event.type.replace('conversation.', ''),
  );

const OPEN: HoursNow = { is_open: true, opens_at: null, timezone: 'Europe/Berlin' };
const CLOSED: HoursNow = { is_open: false, opens_at: '2026-11-23T08:00:00.000Z', timezone: 'Europe/Berlin' };
const SECOND: WaitEstimate = {
  position: 2,
  estimated_wait_seconds: 180,
  estimated_wait_p90_seconds: 480,
  estimate_basis: 'queue',
};

/** A conversation that waits for a person, by a workflow with these words on it. */
const waiting = (routing: Partial<RoutingPolicy> = {}, reason = handover().reason) => {
  const turn = handOver();
  const request = handover('ho_1', reason);
  const limits = { silent_after_ms: 60_000, abandoned_after_ms: 600_000 };
  return [
    message('t-1'),
    startTurn(1),
    {
      ...turn,
      result: {
        kind: 'HANDOVER' as const,
        failed: false,
        handover: { ...request, routing: { ...request.routing, ...limits, ...routing } },
      },
    },
  ];
};
const look = (more: Partial<TellWait> = {}, seconds = 3): TellWait => ({
  type: 'TellWait',
  now: at(seconds),
  handover_id: 'ho_1',
  notice_id: `notice_${seconds}`,
  anyone_there: true,
  is_asked: false,
  estimate: SECOND,
  hours: OPEN,
  ...more,
});
const cancel: ConversationCommand = { type: 'CancelHandover', now: at(9) };
const noticeOf = (events: readonly ConversationEvent[]): string =>
  events.map((event) => (event.type === 'conversation.notice_sent' ? event.data.content : '')).join('');

describe('who waits for a person', () => {
  it('is told their place and how long it may take, once', () => {
    const { events } = play(...waiting(), look());
    expect(told(events)).toEqual(['waiting']);
    expect(noticeOf(events)).toContain(
      'number 2 in the queue; it usually takes about 3 minutes, and rarely more than 8',
    );
    expect(play(...waiting(), look(), look({}, 33)).events).toEqual([]);
  });

  it('waits on where the workflow says so, and is told that nobody is there, or when they are back', () => {
    const nobody = play(...waiting(), look({ anyone_there: false }));
    expect(told(nobody.events)).toEqual(['nobody_available']);
    const closed = play(...waiting(), look({ hours: CLOSED }));
    expect(told(closed.events)).toEqual(['out_of_hours']);
    expect(noticeOf(closed.events)).toContain('back on Monday 09:00 (Europe/Berlin)');
    expect([nobody.state.status, closed.state.status]).toEqual(['PENDING_HUMAN', 'PENDING_HUMAN']);
  });

  it('stays with the AI where the workflow says so, and the AI answers what it was not sure enough of', () => {
    const unsure = waiting({ no_agent_available: 'stay_with_ai' }, 'confidence_threshold');
    const { state, events } = play(...unsure, look({ anyone_there: false }));
    expect(told(events)).toEqual(['handover_cancelled', 'nobody_available']);
    expect(state).toMatchObject({
      status: 'BACK_TO_AI',
      handed_back: { cause: 'nobody_available', reason: 'confidence_threshold' },
      collecting: { turn_number: 2, due_at: at(3), inputs: [{ message_id: 'msg_t-1' }] },
    });
    const answered = play(...unsure, look({ anyone_there: false }), startTurn(4, 'run_2'), finish(2, 1, 5));
    expect(answered.state).toMatchObject({ status: 'FINISHED', handed_back: null });
  });

  it('is not asked for again at once who asked for a person: that nobody is there is the answer', () => {
    const { state } = play(...waiting({ no_agent_available: 'stay_with_ai' }), look({ hours: CLOSED }));
    expect(state).toMatchObject({ status: 'BACK_TO_AI', collecting: null });
  });

  it('is queued as ever while somebody is there', () => {
    for (const no_agent_available of ['stay_with_ai', 'callback'] as const)
      expect(told(play(...waiting({ no_agent_available }), look()).events)).toEqual(['waiting']);
  });

  it('is told nothing while somebody is asked, and yet does not stay when the doors are closed', () => {
    const stays = waiting({ no_agent_available: 'stay_with_ai' });
    expect(play(...stays, look({ is_asked: true })).events).toEqual([]);
    expect(play(...stays, look({ is_asked: true, hours: CLOSED })).state.status).toBe('BACK_TO_AI');
    expect(play(...waiting(), look({ is_asked: true, hours: CLOSED })).events).toEqual([]);
  });

  it('is promised a call, and whoever takes it has the conversation, out of the middle of an AI turn', () => {
    const promised = [...waiting({ no_agent_available: 'callback' }), look({ hours: CLOSED })];
    const { state, events } = play(...promised);
    expect(told(events)).toEqual(['handover_cancelled', 'callback_promised']);
    expect(state).toMatchObject({ status: 'BACK_TO_AI', callback: { handover_id: 'ho_1' }, owner_epoch: 1 });
    const called = play(...promised, message('t-2', 10), startTurn(11, 'run_2'), accept('ana', 12));
    expect(told(called.events)).toEqual(['turn_completed', 'handed_over', 'assigned']);
    expect(called.state).toMatchObject({
      status: 'HUMAN_ACTIVE',
      owner: 'ana',
      owner_epoch: 2,
      callback: null,
    });
    const stale = [
      ...promised,
      message('t-2', 10),
      startTurn(11, 'run_2'),
      accept('ana', 12),
      finish(2, 1, 13),
    ];
    expect(() => play(...stale)).toThrow('has lost it');
  });

  it('may take a promised call back, and is called once', () => {
    const promised = [...waiting({ no_agent_available: 'callback' }), look({ anyone_there: false })];
    const { state, events } = play(...promised, cancel);
    expect(told(events)).toEqual(['callback_cancelled']);
    expect(state).toMatchObject({ status: 'BACK_TO_AI', callback: null });
    expect(() => play(...promised, cancel, accept('ana', 12))).toThrow('not open any more');
    expect(() => play(...promised, cancel, cancel)).toThrow('Nobody is awaited');
  });

  it('says never mind, is with the AI again, and those words want no answer', () => {
    const words = message('t-2', 4, { content: 'Never mind, thanks!', notice_id: 'notice_1' });
    const { state, events } = play(...waiting(), words);
    expect(told(events)).toEqual([
      'message_received',
      'turn_completed',
      'handover_cancelled',
      'wait_cancelled',
    ]);
    expect(state).toMatchObject({ status: 'BACK_TO_AI', collecting: null, unanswered: [] });
    const before = play(...waiting(), message('t-x', 3.5), words);
    expect(before.state).toMatchObject({ collecting: { inputs: [{ message_id: 'msg_t-x' }] } });
    const approval = play(...waiting({}, 'approval'), words);
    expect(approval.state.status).toBe('PENDING_HUMAN');
  });

  it('is out of the queue when away for long, but not for an approval, and not having just written', () => {
    const abandon = (seconds: number): ConversationCommand => ({
      type: 'Abandon',
      now: at(seconds),
      handover_id: 'ho_1',
      notice_id: 'notice_1',
    });
    const { state, events } = play(...waiting(), abandon(602));
    expect(told(events)).toEqual(['resolved', 'abandoned']);
    expect(state.status).toBe('RESOLVED');
    expect(play(...waiting(), abandon(601)).events).toEqual([]);
    expect(play(...waiting(), message('t-2', 100), abandon(650)).events).toEqual([]);
    expect(play(...waiting({}, 'approval'), abandon(9000)).events).toEqual([]);
    expect(play(...waiting(), accept('ana', 3), abandon(9000)).events).toEqual([]);
  });
});

describe('an agent who has a conversation', () => {
  const active = [...waiting(), accept('ana', 3)];
  const take = (cause: 'silent' | 'gone', seconds: number, agent_id = 'ana'): ConversationCommand => ({
    type: 'TakeFromAgent',
    now: at(seconds),
    handover_id: 'ho_1',
    agent_id,
    cause,
  });
  const speak = (seconds: number): ConversationCommand => ({
    type: 'SendHumanMessage',
    now: at(seconds),
    actor: ANA,
    message_id: `msg_${seconds}`,
    turn_id: `h-${seconds}`,
    content: 'Hello',
    user_input_hash: 'h',
  });

  it('loses it who lets the customer wait for a word', () => {
    const { state, events } = play(...active, message('t-2', 5), take('silent', 63));
    expect(events).toMatchObject([
      { type: 'conversation.released', data: { agent_id: 'ana', cause: 'silent' } },
    ]);
    expect(state).toMatchObject({
      status: 'PENDING_HUMAN',
      owner: 'ai',
      owner_epoch: 3,
      unanswered: [{ message_id: 'msg_t-2' }],
      handover: { handover_id: 'ho_1' },
    });
  });

  it('keeps it who has spoken since, whoever else it is, and whose customer has not written again', () => {
    expect(play(...active, take('silent', 62)).events).toEqual([]);
    expect(play(...active, speak(40), take('silent', 63)).events).toEqual([]);
    expect(play(...active, speak(40), message('t-2', 50), take('silent', 109)).events).toEqual([]);
    expect(play(...active, speak(40), message('t-2', 50), take('silent', 110)).events).toHaveLength(1);
    expect(play(...active, take('silent', 90, 'ben')).events).toEqual([]);
    expect(play(...active, take('gone', 90, 'ben')).events).toEqual([]);
  });

  it('loses what they have when they are gone', () => {
    const { state } = play(...active, speak(4), take('gone', 10));
    expect(state.status).toBe('PENDING_HUMAN');
    expect(play(...active, take('gone', 10), take('gone', 11)).events).toEqual([]);
    expect(
      play(...active, { type: 'Release', now: at(5), actor: SUE, note: null }, take('gone', 6)).events,
    ).toEqual([]);
    expect(isLive(state) && state.unanswered).toEqual([]);
  });
});
