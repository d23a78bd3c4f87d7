import { NO_USAGE, type RunEvent } from '@baton/contracts';
import { fold as foldStamped } from '@baton/event-store';
import { DeciderSpecification } from '@baton/testkit';

import type { RunCommand } from './run.commands.js';
import { runDecider } from './run.decider.js';
import { type Run, type RunningRun, usageOf } from './run.state.js';

type At = RunEvent & { readonly occurred_at: string };
const at = (event: RunEvent): At => ({ ...event, occurred_at: '2026-11-22T10:00:00.000Z' });

const spec = DeciderSpecification.for<RunCommand, At, Run>({
  ...runDecider,
  decide: (command, state) => runDecider.decide(command, state).map(at),
});
const given = (events: readonly RunEvent[]) => spec(events.map(at));
const fold = (events: readonly RunEvent[]): Run => foldStamped(runDecider, events.map(at));
const thatFollows = (events: readonly RunEvent[]): At[] => events.map(at);

const data = {
  run_id: 'run_1',
  workflow: { name: 'customer_support', version: 1 },
  mode: 'standalone' as const,
  conversation_id: null,
  turn_number: null,
  input: { message: 'Hi' },
};
const started: RunEvent = { type: 'run.started', data };
const usage = { input_tokens: 3, output_tokens: 2, cost_usd: '0.0000135' };
const step = (node_id: string, cost = usage): RunEvent => ({
  type: 'run.step_completed',
  data: { node_id, status: 'COMPLETED', output: 1, error: null, attempts: 1, duration_ms: 1, usage: cost },
});
const thought = (node_id: string): RunEvent => ({
  type: 'run.agent_thought',
  data: { node_id, iteration: 1, text: 'hm', tool_calls: [], usage },
});
const result = {
  sink: { kind: 'FINISH' as const, node_id: 'done', reason: null, note: null },
  reply: 'Hello',
  confidence: 0.9,
  output: 'Hello',
};
const cancelled: RunEvent = { type: 'run.cancelled', data: { reason: 'enough', usage: NO_USAGE } };

describe('run decider', () => {
  it('starts a run once', () => {
    given([])
      .when({ type: 'StartRun', run: data })
      .then(thatFollows([started]));
    given([started]).when({ type: 'StartRun', run: data }).thenNothing();
  });

  it('counts the workers that take a run up', () => {
    given([started])
      .when({ type: 'ResumeRun' })
      .then(thatFollows([{ type: 'run.resumed', data: { attempt: 2 } }]));
    given([started, { type: 'run.resumed', data: { attempt: 2 } }])
      .when({ type: 'ResumeRun' })
      .then(thatFollows([{ type: 'run.resumed', data: { attempt: 3 } }]));
  });

  it('ends a run with what all of its steps cost', () => {
    given([started, step('a'), step('b')])
      .when({ type: 'CompleteRun', result })
      .then(
        thatFollows([
          {
            type: 'run.completed',
            data: { ...result, usage: { input_tokens: 6, output_tokens: 4, cost_usd: '0.000027' } },
          },
        ]),
      );
  });

  it('cancels a run that runs, once', () => {
    given([started])
      .when({ type: 'CancelRun', reason: 'enough' })
      .then(thatFollows([cancelled]));
    given([started, cancelled]).when({ type: 'CancelRun', reason: 'again' }).thenNothing();
  });

  it('refuses to change how a run ended', () => {
    for (const command of [{ type: 'CompleteRun', result }, { type: 'ResumeRun' }] as const)
      given([started, cancelled]).when(command).thenThrows({ code: 'invalid-transition' });
    given([]).when({ type: 'CancelRun', reason: 'x' }).thenThrows({ code: 'not-found' });
  });

  it('counts what a step thought once: while it is at work, and in its own sum afterwards', () => {
    expect(usageOf(fold([started, thought('a')]) as RunningRun)).toEqual(usage);
    expect(usageOf(fold([started, thought('a'), step('a')]) as RunningRun)).toEqual(usage);
  });

  it('takes back the steps of a reply that was refused, not what they cost', () => {
    const repeated: RunEvent = {
      type: 'run.reply_repeated',
      data: { node_ids: ['a', 'b'], kind: 'exact', similarity: null, of_turn: 1, reply: 'Hello' },
    };
    const refused = fold([started, thought('a'), step('a'), step('b'), step('c'), repeated]) as RunningRun;
    expect(Object.keys(refused.steps)).toEqual(['c']);
    expect(refused.refused).toMatchObject({
      reply: 'Hello',
      answers: { a: { thoughts: 1 }, b: { thoughts: 0 } },
    });
    const three = { input_tokens: 9, output_tokens: 6, cost_usd: '0.0000405' };
    expect(usageOf(refused)).toEqual(three);
    // An agent that goes on behind its thoughts tells their cost again: it counts once.
    const done = fold([
      started,
      thought('a'),
      step('a'),
      step('b'),
      step('c'),
      repeated,
      step('a'),
      step('b'),
    ]);
    expect(usageOf(done as RunningRun)).toEqual({ input_tokens: 12, output_tokens: 8, cost_usd: '0.000054' });
  });

  it('ignores what it does not know and what comes after the end', () => {
    const ended = fold([started, cancelled]);
    expect(runDecider.evolve(ended, at(step('late')))).toBe(ended);
    const strange = { type: 'run.danced', data: {} } as unknown as RunEvent;
    const running = fold([started]);
    expect(runDecider.evolve(running, at(strange))).toEqual(running);
  });
});
