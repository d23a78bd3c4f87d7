import { CONVERSATION_STATES, type ConversationEvent, isBatonError, NO_USAGE } from '@baton/contracts';
import fc from 'fast-check';

import type { ConversationCommand } from './conversation.commands.js';
import { conversationDecider } from './conversation.decider.js';
import { type Conversation, isLive, isWithHuman } from './conversation.state.js';
import { ABANDON_TIMER, SILENCE_TIMER, timersBetween } from './conversation.timers.js';
import { MOST_RESTARTS } from './message.decisions.js';
import { TRANSITIONS } from './conversation.transitions.js';
import { ANA, at, BEN, finish, handover, KEY, message, SUE } from './testing/examples.js';

const actor = fc.constantFrom(ANA, BEN, SUE, KEY);
const small = fc.integer({ min: 1, max: 4 });

/** Any command at any time: most are refused, and that is the point. */
const command = (seconds: number): fc.Arbitrary<ConversationCommand> => {
  const now = at(seconds);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant<ConversationCommand>(message(`t-${seconds}`, seconds)) },
    fc.constant<ConversationCommand>(
      message(`t-${seconds}`, seconds, { content: 'Never mind', notice_id: `notice_${seconds}` }),
    ),
    {
      weight: 2,
      arbitrary: fc.constant<ConversationCommand>(
        message(`t-${seconds}`, seconds, { restart: { run_id: 'aimed', usage: NO_USAGE } }),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.constant<ConversationCommand>({ type: 'StartTurn', now, run_id: `run_${seconds}` }),
    },
    { weight: 3, arbitrary: fc.tuple(small, small).map(([turn, attempt]) => finish(turn, attempt, seconds)) },
    {
      weight: 3,
      arbitrary: fc.tuple(small, small, fc.boolean()).map(([turn, attempt, failed]) => ({
        ...finish(turn, attempt, seconds),
        result: { kind: 'HANDOVER' as const, failed, handover: asked(seconds) },
      })),
    },
    fc.tuple(small, small).map(([turn, attempt]) => ({
      ...finish(turn, attempt, seconds),
      result: { kind: 'CANCELLED' as const },
    })),
    fc.tuple(small, small).map(([turn_number, attempt]): ConversationCommand => ({
      type: 'RetakeTurn',
      now,
      turn_number,
      attempt,
    })),
    fc.constant<ConversationCommand>({ type: 'RequestHandover', now, handover: asked(seconds) }),
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.integer({ min: 0, max: 40 }), fc.boolean(), fc.boolean())
        .map(([ho, anyone_there, is_open]): ConversationCommand => ({
          type: 'TellWait',
          now,
          handover_id: `ho_${ho}`,
          notice_id: `notice_${seconds}`,
          anyone_there,
          is_asked: ho % 2 === 0,
          estimate: null,
          hours: { is_open, opens_at: is_open ? null : at(seconds + 3600), timezone: 'UTC' },
        })),
    },
    fc
      .tuple(fc.constantFrom('ana', 'ben'), fc.constantFrom('silent' as const, 'gone' as const))
      .map(([agent_id, cause]): ConversationCommand => ({
        type: 'TakeFromAgent',
        now,
        handover_id: 'ho_0',
        agent_id,
        cause,
      })),
    fc.constant<ConversationCommand>({ type: 'CancelHandover', now }),
    fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom('ana', 'ben'))
      .map(([ho, agent_id]): ConversationCommand => ({
        type: 'AcceptHandover',
        now,
        handover_id: `ho_${ho}`,
        offer_id: 'o',
        agent_id,
      })),
    fc.constantFrom('ana', 'sue').map((agent_id): ConversationCommand => ({
      type: 'Assign',
      now,
      agent_id,
      handover: { ...asked(seconds), reason: 'staff' },
    })),
    actor.map((who): ConversationCommand => ({ type: 'Release', now, actor: who, note: null })),
    actor.map((who): ConversationCommand => ({
      type: 'Transfer',
      now,
      actor: who,
      to_agent_id: 'ben',
      required_skills: null,
      note: 'n',
    })),
    fc
      .tuple(actor, fc.constantFrom('RESOLVED' as const, 'BACK_TO_AI' as const), fc.boolean())
      .map(([who, outcome, goOn]): ConversationCommand => ({
        type: 'Resolve',
        now,
        actor: who,
        outcome,
        resolution: null,
        guidance: null,
        human_summary: null,
        continue: goOn,
      })),
    fc.integer({ min: 0, max: 40 }).map((ho): ConversationCommand => ({
      type: 'Abandon',
      now,
      handover_id: `ho_${ho}`,
      notice_id: `notice_${seconds}`,
    })),
    actor.map((who): ConversationCommand => ({
      type: 'Whisper',
      now,
      actor: who,
      message_id: 'w',
      message: 'm',
    })),
    fc.constant<ConversationCommand>({ type: 'RecordFeedback', now, rating: 5, comment: null }),
    { weight: 1, arbitrary: fc.constant<ConversationCommand>({ type: 'Erase', now }) },
  );
};

/** Each wait has one of the three policies, and short limits: a walk takes two minutes. */
const asked = (seconds: number) => {
  const request = handover(`ho_${seconds}`);
  const no_agent_available = (['wait', 'stay_with_ai', 'callback'] as const)[(seconds / 3) % 3] ?? 'wait';
  const limits = { abandoned_after_ms: 6_000, silent_after_ms: 6_000 };
  return { ...request, routing: { ...request.routing, ...limits, no_agent_available } };
};

/** Accepting needs the id of the handover that is open: a walk that only guesses would rarely get there. */
const aimed = (drawn: ConversationCommand, state: Conversation): ConversationCommand => {
  if (drawn.type === 'AcceptHandover' && state.status === 'PENDING_HUMAN' && drawn.handover_id < 'ho_3') {
    return { ...drawn, handover_id: state.handover.handover_id };
  }
  if (drawn.type === 'AcceptHandover' && isLive(state) && state.callback && drawn.handover_id < 'ho_3') {
    return { ...drawn, handover_id: state.callback.handover_id };
  }
  if (
    (drawn.type === 'TellWait' || drawn.type === 'Abandon') &&
    state.status === 'PENDING_HUMAN' &&
    drawn.handover_id < 'ho_3'
  ) {
    return { ...drawn, handover_id: state.handover.handover_id };
  }
  if (drawn.type === 'TakeFromAgent' && state.status === 'HUMAN_ACTIVE') {
    return { ...drawn, handover_id: state.handover.handover_id };
  }
  if (
    drawn.type === 'CompleteTurn' &&
    state.status === 'AI_PROCESSING' &&
    state.running &&
    drawn.turn_number > 2
  ) {
    return { ...drawn, turn_number: state.running.turn_number, attempt: state.running.attempt };
  }
  if (drawn.type === 'ReceiveMessage' && drawn.restart && state.status === 'AI_PROCESSING') {
    const run_id = state.running?.run_id;
    return run_id ? { ...drawn, restart: { ...drawn.restart, run_id } } : drawn;
  }
  return drawn;
};

const walk = fc
  .array(fc.nat(), { minLength: 1, maxLength: 40, size: 'max' })
  .chain((steps) => fc.tuple(...steps.map((_, index) => command(index * 3))));

const stateName = (state: Conversation): string =>
  state.status === 'ERASED' ? state.last_status : state.status;

/** The timers that stand are those of the state: made from nothing, or from any other. */
const expectOneWatch = (state: Conversation): void => {
  const { set } = timersBetween({ status: 'NOT_STARTED' }, state);
  const kinds = set.map(({ kind }) => kind);
  if (state.status === 'PENDING_HUMAN') expect(kinds).toEqual([ABANDON_TIMER]);
  else if (state.status === 'HUMAN_ACTIVE' && state.customer_waits_since)
    expect(kinds).toEqual([SILENCE_TIMER]);
  else expect(kinds).toEqual([]);
};

describe('any sequence of commands', () => {
  it('moves only along the table, and ends each turn once', () => {
    const reached = new Set<string>();
    const happened = new Set<string>();
    fc.assert(
      fc.property(walk, (commands) => {
        let state = conversationDecider.initialState();
        const log: (ConversationEvent & { occurred_at: string })[] = [];
        const ended = new Set<number>();
        const attempts = new Map<number, number>();
        const restarts = new Map<number, number>();
        const accepted = new Set<string>();
        for (const drawn of commands) {
          const next = aimed(drawn, state);
          let events: readonly ConversationEvent[];
          try {
            events = conversationDecider.decide(next, state);
          } catch (error) {
            expect(isBatonError(error)).toBe(true);
            continue;
          }
          const before = state;
          for (const event of events) {
            const from = stateName(state);
            const stamped = { ...event, occurred_at: next.now };
            log.push(stamped);
            state = conversationDecider.evolve(state, stamped);
            const to = stateName(state);
            if (from !== to && from !== 'NOT_STARTED') {
              expect(TRANSITIONS[from as keyof typeof TRANSITIONS][event.type]).toBe(to);
            }
            if (event.type === 'conversation.turn_completed') {
              expect(ended.has(event.data.turn_number)).toBe(false);
              ended.add(event.data.turn_number);
              for (const id of event.data.message_ids) accepted.delete(id);
            }
            if (event.type === 'conversation.message_received') accepted.add(event.data.message_id);
            if (event.type === 'conversation.turn_restarted') {
              const { turn_number, attempt } = event.data;
              expect(ended.has(turn_number)).toBe(false);
              expect(attempt > (attempts.get(turn_number) ?? 1)).toBe(true);
              attempts.set(turn_number, attempt);
              restarts.set(turn_number, (restarts.get(turn_number) ?? 0) + 1);
              expect(restarts.get(turn_number)).toBeLessThanOrEqual(MOST_RESTARTS);
            }
            reached.add(to);
            happened.add('cause' in event.data ? `${event.type} ${event.data.cause ?? ''}` : event.type);
          }
          if (isLive(before) && isLive(state)) {
            expect(state.owner_epoch >= before.owner_epoch).toBe(true);
            if (before.owner !== state.owner) expect(state.owner_epoch > before.owner_epoch).toBe(true);
          }
          // One promise at a time, and none while somebody has it or is awaited.
          if (isWithHuman(state)) expect(state.callback ?? null).toBeNull();
          expectOneWatch(state);
          if (state.status === 'HUMAN_ACTIVE') expect(state.owner).toBe(state.agent_id);
          else if (isLive(state)) expect(state.owner).toBe('ai');
          // Between two commands a running turn is there, and nobody else's.
          if (state.status === 'AI_PROCESSING') expect(state.running).not.toBeNull();
        }
        // What was accepted and has not been in a turn that ended waits in one that is open.
        if (isLive(state)) {
          const running = state.status === 'AI_PROCESSING' ? state.running : null;
          const open = [...(running?.inputs ?? []), ...(state.collecting?.inputs ?? [])];
          for (const id of accepted) expect(open.map(({ message_id }) => message_id)).toContain(id);
        }
        // The state is the fold of the log, at each version.
        let folded = conversationDecider.initialState();
        for (const event of log) folded = conversationDecider.evolve(folded, event);
        expect(folded).toEqual(state);
      }),
      { numRuns: 500 },
    );
    expect([...reached].sort()).toEqual([...CONVERSATION_STATES].sort());
    for (const way of [
      'conversation.released silent',
      'conversation.released gone',
      'conversation.resolved abandoned',
      'conversation.handover_cancelled customer',
      'conversation.handover_cancelled nobody_available',
      'conversation.handover_cancelled callback',
      'conversation.callback_cancelled',
    ])
      expect([...happened]).toContain(way);
  });

  it('never throws in evolve, whatever event comes in whatever state', () => {
    fc.assert(
      fc.property(walk, fc.array(fc.nat()), (commands, order) => {
        const log: (ConversationEvent & { occurred_at: string })[] = [];
        let state = conversationDecider.initialState();
        for (const next of commands) {
          try {
            for (const event of conversationDecider.decide(next, state)) {
              const stamped = { ...event, occurred_at: next.now };
              log.push(stamped);
              state = conversationDecider.evolve(state, stamped);
            }
          } catch (error) {
            expect(isBatonError(error)).toBe(true);
          }
        }
        let shuffled = conversationDecider.initialState();
        for (const index of order) {
          const event = log[index % Math.max(1, log.length)];
          if (event) shuffled = conversationDecider.evolve(shuffled, event);
        }
        const unknown = { type: 'conversation.from_the_future', data: {}, occurred_at: at(0) };
        const untouched = conversationDecider.evolve(shuffled, unknown as never);
        expect(stateName(untouched)).toBe(stateName(shuffled));
      }),
      { numRuns: 300 },
    );
  });
});
