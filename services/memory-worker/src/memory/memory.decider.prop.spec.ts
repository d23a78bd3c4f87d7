import type { MemoryEvent } from '@baton/contracts';
import fc from 'fast-check';

import type { MemoryCommand } from './memory.commands.js';
import { memoryDecider } from './memory.decider.js';
import type { MemoryState } from './memory.state.js';
import { hasTurn, type TurnSet, withTurn } from './turn-set.js';

const AT = '2026-11-22T10:00:00.000Z';
const evolve = (state: MemoryState, event: MemoryEvent): MemoryState =>
  memoryDecider.evolve(state, { ...event, occurred_at: AT });

const text = fc.constant({ content: 'x', embedding: 'AACAPw==', embedding_model: 'm' });
const turn = fc.integer({ min: 1, max: 12 });
const command: fc.Arbitrary<MemoryCommand> = fc
  .oneof(
    { weight: 8, arbitrary: fc.record({ turn, memory: text }) },
    { weight: 2, arbitrary: fc.record({ summary: text, turns: fc.array(turn, { maxLength: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ fact: text, turn }) },
    { weight: 1, arbitrary: fc.constant('forget' as const) },
  )
  .map((drawn): MemoryCommand => {
    const conversation_id = 'conv_1';
    if (drawn === 'forget') return { type: 'ForgetConversation', conversation_id };
    if ('memory' in drawn) {
      return {
        type: 'RememberTurn',
        conversation_id,
        customer_id: null,
        turn_number: drawn.turn,
        memory_id: 'mem',
        memory: drawn.memory,
        digest_every: 3,
      };
    }
    if ('summary' in drawn) {
      return {
        type: 'RecordSummary',
        conversation_id,
        memory_id: 'mem',
        summary: drawn.summary,
        turn_numbers: drawn.turns,
      };
    }
    return {
      type: 'RecordFacts',
      conversation_id,
      facts: [{ memory_id: 'mem', turn_number: drawn.turn, fact: drawn.fact }],
    };
  });

describe('the memory of a conversation, whatever is told in whatever order', () => {
  it('remembers each turn once, summarises each turn once, and records nothing after it was forgotten', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const log: MemoryEvent[] = [];
        let state = memoryDecider.initialState();
        for (const each of commands) {
          const events = memoryDecider.decide(each, state);
          log.push(...events);
          state = events.reduce(evolve, state);
        }
        const turns = log.flatMap((event) =>
          event.type === 'memory.turn_remembered' ? [event.data.turn_number] : [],
        );
        expect(new Set(turns).size).toBe(turns.length);
        const digested = log.flatMap((event) =>
          event.type === 'memory.summary_updated' ? event.data.turn_numbers : [],
        );
        expect(digested.every((each) => turns.includes(each))).toBe(true);
        const forgottenAt = log.findIndex((event) => event.type === 'memory.forgotten');
        expect(forgottenAt === -1 || forgottenAt === log.length - 1).toBe(true);
        expect(log.reduce(evolve, memoryDecider.initialState())).toEqual(state);
      }),
    );
  });

  it('leaves the state as it is for events it does not know', () => {
    const unknown = { type: 'memory.something_new', data: {} } as unknown as MemoryEvent;
    const state = memoryDecider.initialState();
    expect(evolve(state, unknown)).toEqual(state);
  });
});

describe('a set of turns', () => {
  it('holds exactly what was put in, as few ranges as can be', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 })), (turns) => {
        const set = turns.reduce<TurnSet>(withTurn, []);
        for (let each = 0; each <= 32; each += 1) expect(hasTurn(set, each)).toBe(turns.includes(each));
        set.forEach(([from, through], index) => {
          expect(from).toBeLessThanOrEqual(through);
          const next = set[index + 1];
          if (next) expect(next[0]).toBeGreaterThan(through + 1);
        });
      }),
    );
  });
});
