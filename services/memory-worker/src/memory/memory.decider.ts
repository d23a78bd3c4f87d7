import type { MemoryEvent } from '@baton/contracts';
import type { Decider } from '@baton/event-store';

import type { MemoryCommand, RecordFacts, RecordSummary, RememberTurn } from './memory.commands.js';
import { type MemoryState, NOTHING_REMEMBERED, type Remembering } from './memory.state.js';
import { hasTurn, withTurn } from './turn-set.js';

/** A conversation's memory. A command that says what is known already, or comes after the erasure, is nothing new. */
export const memoryDecider: Decider<MemoryCommand, MemoryEvent, MemoryState> = {
  initialState: () => NOTHING_REMEMBERED,

  decide(command, state) {
    if (state.status === 'FORGOTTEN') return [];
    switch (command.type) {
      case 'RememberTurn':
        return rememberTurn(command, state);
      case 'RecordSummary':
        return recordSummary(command, state);
      case 'RecordFacts':
        return recordFacts(command, state);
      case 'ForgetConversation':
        return [{ type: 'memory.forgotten', data: { conversation_id: command.conversation_id } }];
      default:
        return command satisfies never;
    }
  },

  evolve(state, event) {
    if (state.status === 'FORGOTTEN') return state;
    switch (event.type) {
      case 'memory.turn_remembered':
        return {
          ...state,
          customer_id: event.data.customer_id,
          turns: withTurn(state.turns, event.data.turn_number),
          undigested: [...state.undigested, event.data.turn_number],
          since_digest: [...state.since_digest, event.data.turn_number],
        };
      case 'memory.digest_due':
        return { ...state, since_digest: without(state.since_digest, event.data.turn_numbers) };
      case 'memory.summary_updated':
        return {
          ...state,
          undigested: without(state.undigested, event.data.turn_numbers),
          summarized_through: event.data.summarized_through_turn,
        };
      case 'memory.fact_recorded':
        return state;
      case 'memory.forgotten':
        return { status: 'FORGOTTEN' };
      default:
        return ignored(event, state);
    }
  },
};

const rememberTurn = (command: RememberTurn, state: Remembering): MemoryEvent[] => {
  if (hasTurn(state.turns, command.turn_number)) return [];
  const { conversation_id, customer_id, turn_number, memory_id, memory } = command;
  const remembered: MemoryEvent = {
    type: 'memory.turn_remembered',
    data: { memory_id, conversation_id, customer_id, turn_number, ...memory },
  };
  const turn_numbers = [...state.since_digest, turn_number];
  if (turn_numbers.length < command.digest_every) return [remembered];
  return [remembered, { type: 'memory.digest_due', data: { conversation_id, turn_numbers } }];
};

const recordSummary = (command: RecordSummary, state: Remembering): MemoryEvent[] => {
  const { conversation_id, memory_id, summary } = command;
  // Another digest took these turns in meanwhile: its summary stands, this one would say them twice.
  if (command.turn_numbers.some((turn) => !state.undigested.includes(turn))) return [];
  if (command.turn_numbers.length === 0) return [];
  return [
    {
      type: 'memory.summary_updated',
      data: {
        memory_id,
        conversation_id,
        customer_id: state.customer_id,
        summary: summary.content,
        summarized_through_turn: Math.max(state.summarized_through, ...command.turn_numbers),
        turn_numbers: [...command.turn_numbers],
        embedding: summary.embedding,
        embedding_model: summary.embedding_model,
      },
    },
  ];
};

const recordFacts = (command: RecordFacts, state: Remembering): MemoryEvent[] =>
  command.facts.map(({ memory_id, turn_number, fact }) => ({
    type: 'memory.fact_recorded',
    data: {
      memory_id,
      conversation_id: command.conversation_id,
      customer_id: state.customer_id,
      turn_number,
      ...fact,
    },
  }));

const without = (turns: readonly number[], gone: readonly number[]): readonly number[] =>
  turns.filter((turn) => !gone.includes(turn));

/** An event of a newer writer leaves the state as it is; the type check says that none of ours is left out. */
const ignored = (_event: never, state: MemoryState): MemoryState => state;
