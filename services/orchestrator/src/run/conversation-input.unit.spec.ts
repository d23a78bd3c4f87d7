import type { RunEvent } from '@baton/contracts';

import type { TurnToPlay } from '../turn/turn-runner.port.js';
import { inputOf } from './conversation-input.js';
import { runDecider } from './run.decider.js';
import { RunLog } from './run-log.js';
import type { Run, RunningRun } from './run.state.js';

const NOW = '2026-11-22T10:00:00.000Z';

const started: RunEvent = {
  type: 'run.started',
  data: {
    run_id: 'run_1',
    workflow: { name: 'w', version: 1 },
    mode: 'conversation',
    conversation_id: 'conv_1',
    turn_number: 2,
    input: { message: 'And 1002?' },
  },
};

const runOf = (events: readonly RunEvent[]): RunningRun =>
  events.reduce<Run>(
    (state, event) => runDecider.evolve(state, { ...event, occurred_at: NOW }),
    runDecider.initialState(),
  ) as RunningRun;

/** What is known of the conversation when a worker takes the turn. */
const turnWhen = (memory: string): TurnToPlay =>
  ({
    message: 'And 1002?',
    context: {
      summary: null,
      recent: [{ message_id: 'msg_1', role: 'user', content: 'Where is 1001?' }],
      memories: [{ memory_id: 'mem_1', content: memory }],
    },
    conversation: { customer: null },
  }) as unknown as TurnToPlay;

describe('what a run in a conversation has as input', () => {
  const supplied = {
    message: 'And 1002?',
    history: [{ role: 'user', content: 'Where is 1001?' }],
    memory: { summary: null, memories: ['likes tea'] },
    customer: null,
  };

  it('is the message, the history, what is remembered and the customer', () => {
    expect(inputOf(runOf([started]), turnWhen('likes tea'), { readsConversation: false })).toEqual({
      input: supplied,
      opening: [],
    });
  });

  it('is the same for a worker that takes the run up, whatever is remembered by then', () => {
    const { opening } = inputOf(runOf([started]), turnWhen('likes tea'), { readsConversation: true });
    const later = inputOf(runOf([started, ...opening]), turnWhen('likes coffee'), {
      readsConversation: true,
    });
    expect(later).toEqual({ input: supplied, opening: [] });
  });

  it('is written with what is written first, and costs no commit of its own', async () => {
    const written: string[][] = [];
    const append = (events: readonly RunEvent[]): Promise<void> => {
      written.push(events.map(({ type }) => type));
      return Promise.resolve();
    };
    const { input, opening } = inputOf(runOf([started]), turnWhen('likes tea'), { readsConversation: true });
    const logOf = () => new RunLog({ ...runOf([started]), input }, { append }, () => NOW, opening);
    const thought: RunEvent = {
      type: 'run.agent_thought',
      data: {
        node_id: 'a',
        iteration: 1,
        text: '',
        tool_calls: [],
        usage: { input_tokens: 1, output_tokens: 1, cost_usd: '0' },
      },
    };
    const log = logOf();
    await log.flush();
    await log.append([thought]);
    await log.append([thought]);
    expect(written).toEqual([['run.input_gathered', 'run.agent_thought'], ['run.agent_thought']]);
    const brief = logOf();
    brief.note([thought]);
    expect(brief.takeWaiting()).toEqual([thought]);
  });
});
