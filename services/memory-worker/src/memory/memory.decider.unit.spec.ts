import type { MemoryEvent } from '@baton/contracts';
import { DeciderSpecification } from '@baton/testkit';

import type { MemoryCommand } from './memory.commands.js';
import { memoryDecider } from './memory.decider.js';

const text = { embedding: 'AACAPw==', embedding_model: 'builtin/use-lite' };
const rememberTurn = (turn_number: number): MemoryCommand => ({
  type: 'RememberTurn',
  conversation_id: 'conv_1',
  customer_id: 'cust_9',
  turn_number,
  memory_id: `mem_${turn_number}`,
  memory: { content: `turn ${turn_number}`, ...text },
  digest_every: 4,
});
const remembered = (turn_number: number): MemoryEvent => ({
  type: 'memory.turn_remembered',
  data: {
    memory_id: `mem_${turn_number}`,
    conversation_id: 'conv_1',
    customer_id: 'cust_9',
    turn_number,
    content: `turn ${turn_number}`,
    ...text,
  },
});
const digestDue = (...turn_numbers: number[]): MemoryEvent => ({
  type: 'memory.digest_due',
  data: { conversation_id: 'conv_1', turn_numbers },
});
const recordSummary = (...turn_numbers: number[]): MemoryCommand => ({
  type: 'RecordSummary',
  conversation_id: 'conv_1',
  memory_id: 'mem_s',
  summary: { content: 'All of it', ...text },
  turn_numbers,
});
const summarized = (through: number, ...turn_numbers: number[]): MemoryEvent => ({
  type: 'memory.summary_updated',
  data: {
    memory_id: 'mem_s',
    conversation_id: 'conv_1',
    customer_id: 'cust_9',
    summary: 'All of it',
    summarized_through_turn: through,
    turn_numbers,
    ...text,
  },
});
const forget: MemoryCommand = { type: 'ForgetConversation', conversation_id: 'conv_1' };
const forgotten: MemoryEvent = { type: 'memory.forgotten', data: { conversation_id: 'conv_1' } };

const given = (history: readonly MemoryEvent[]) =>
  DeciderSpecification.for<MemoryCommand, MemoryEvent, ReturnType<typeof memoryDecider.initialState>>({
    ...memoryDecider,
    evolve: (state, event) =>
      memoryDecider.evolve(state, { ...event, occurred_at: '2026-11-22T10:00:00.000Z' }),
  })(history);

describe('remembering a turn', () => {
  it('records what the customer and the agent said', () => {
    given([])
      .when(rememberTurn(1))
      .then([remembered(1)]);
  });

  it('remembers a turn once, however often it is told', () => {
    given([remembered(1), remembered(2)])
      .when(rememberTurn(1))
      .thenNothing();
  });

  it('takes turns in any order', () => {
    given([remembered(3)])
      .when(rememberTurn(2))
      .then([remembered(2)]);
  });

  it('asks for a digest with every fourth turn', () => {
    given([remembered(1), remembered(2), remembered(3)])
      .when(rememberTurn(4))
      .then([remembered(4), digestDue(1, 2, 3, 4)]);
  });

  it('asks for the next digest with the four turns behind it, whether or not the last one came', () => {
    const history = [...[1, 2, 3, 4].map(remembered), digestDue(1, 2, 3, 4)];
    const next = [remembered(8), digestDue(5, 6, 7, 8)];
    given([...history, ...[5, 6, 7].map(remembered)])
      .when(rememberTurn(8))
      .then(next);
    given([...history, summarized(4, 1, 2, 3, 4), ...[5, 6, 7].map(remembered)])
      .when(rememberTurn(8))
      .then(next);
  });

  it('refuses to remember anything of a forgotten conversation', () => {
    given([remembered(1), forgotten])
      .when(rememberTurn(2))
      .thenNothing();
  });
});

describe('recording a summary', () => {
  it('says how far it reaches and which turns were new to it', () => {
    given([1, 2].map(remembered))
      .when(recordSummary(1, 2))
      .then([summarized(2, 1, 2)]);
  });

  it('holds a turn that ended late without falling back', () => {
    given([remembered(1), remembered(3), summarized(3, 1, 3), remembered(2)])
      .when(recordSummary(2))
      .then([summarized(3, 2)]);
  });

  it('drops a summary of turns that another one took in', () => {
    given([...[1, 2].map(remembered), summarized(2, 1, 2)])
      .when(recordSummary(1, 2))
      .thenNothing();
  });

  it('leaves turns that came meanwhile to the next one', () => {
    given([...[1, 2, 3].map(remembered), summarized(2, 1, 2)])
      .when(recordSummary(3))
      .then([summarized(3, 3)]);
  });

  it('takes in turns of an earlier digest that never got a summary', () => {
    given([...[1, 2].map(remembered), digestDue(1, 2), ...[3, 4].map(remembered), digestDue(3, 4)])
      .when(recordSummary(1, 2, 3, 4))
      .then([summarized(4, 1, 2, 3, 4)]);
  });

  it('records nothing of a forgotten conversation', () => {
    given([remembered(1), forgotten])
      .when(recordSummary(1))
      .thenNothing();
  });
});

describe('recording facts', () => {
  const facts = (...contents: string[]): MemoryCommand => ({
    type: 'RecordFacts',
    conversation_id: 'conv_1',
    facts: contents.map((content, index) => ({
      memory_id: `mem_f${index}`,
      turn_number: 1,
      fact: { content, ...text },
    })),
  });

  it('records each with its turn and the customer it is about', () => {
    given([remembered(1)])
      .when(facts('Has a Model X'))
      .then([
        {
          type: 'memory.fact_recorded',
          data: {
            memory_id: 'mem_f0',
            conversation_id: 'conv_1',
            customer_id: 'cust_9',
            turn_number: 1,
            content: 'Has a Model X',
            ...text,
          },
        },
      ]);
  });

  it('records none of a forgotten conversation', () => {
    given([forgotten]).when(facts('Has a Model X')).thenNothing();
  });
});

describe('forgetting a conversation', () => {
  it('is a fact of its own, even where nothing was remembered', () => {
    given([]).when(forget).then([forgotten]);
  });

  it('happens once', () => {
    given([forgotten]).when(forget).thenNothing();
  });
});
