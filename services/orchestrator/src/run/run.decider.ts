import { BatonError, NO_USAGE, type RunEvent } from '@baton/contracts';
import type { Decider, Stamped } from '@baton/event-store';

import { addUsage, lessUsage } from '../conversation/usage.js';
import type { RunCommand } from './run.commands.js';
import {
  type LiveRun,
  type PausedRun,
  type Run,
  type RunFacts,
  type RunningRun,
  thoughtUsage,
  toolKey,
  usageOf,
} from './run.state.js';

/** A run that ends its workers without coming further would do so for ever. */
const MOST_TAKEN_UP_IN_PLACE = 10;

const WORKERS_LOST = {
  code: 'workers-lost',
  message: `It lost its worker ${MOST_TAKEN_UP_IN_PLACE + 1} times without coming further`,
  node_id: null,
};

const decide = (command: RunCommand, state: Run): readonly RunEvent[] => {
  if (command.type === 'StartRun')
    return state.status === 'NOT_STARTED' ? [{ type: 'run.started', data: command.run }] : [];
  if (state.status === 'NOT_STARTED') throw new BatonError('not-found', 'There is no such run');
  // The end of a run that has ended is no news; who comes late learns how it ended from its state.
  if (state.status !== 'RUNNING' && state.status !== 'PAUSED') return refuseAfterEnd(command, state);
  const usage = usageOf(state);
  switch (command.type) {
    case 'ResumeRun':
      return resume(state);
    case 'PauseRun':
      return [{ type: 'run.paused', data: command.pause }];
    case 'RecordDecision':
      requirePending(command.decision.approval_id, state);
      return [{ type: 'run.decision_recorded', data: command.decision }];
    case 'RecordConsultation':
      return [{ type: 'run.consulted', data: command.consultation }];
    case 'CompleteRun':
      return [{ type: 'run.completed', data: { ...command.result, usage } }];
    case 'FailRun':
      return [{ type: 'run.failed', data: { error: command.error, usage } }];
    case 'CancelRun':
      return [{ type: 'run.cancelled', data: { reason: command.reason, usage } }];
    default: {
      const unknown: never = command;
      return unknown;
    }
  }
};

const resume = (state: RunningRun | PausedRun): readonly RunEvent[] => {
  if (state.status === 'PAUSED' && !state.pending.is_decided)
    throw new BatonError('invalid-transition', 'The run waits for a decision', {
      details: { state: state.status },
    });
  return state.taken_up_in_place < MOST_TAKEN_UP_IN_PLACE
    ? [{ type: 'run.resumed', data: { attempt: state.attempt + 1 } }]
    : [{ type: 'run.failed', data: { error: WORKERS_LOST, usage: usageOf(state) } }];
};

/** One decision for what it waits for, and no other. */
const requirePending = (approvalId: string, state: RunningRun | PausedRun): void => {
  const isPending =
    state.status === 'PAUSED' && state.pending.approval_id === approvalId && !state.pending.is_decided;
  if (!isPending)
    throw new BatonError('invalid-transition', 'The run does not wait for this decision', {
      details: { state: state.status },
    });
};

const refuseAfterEnd = (command: RunCommand, state: LiveRun): readonly RunEvent[] => {
  if (command.type === 'CancelRun' && state.status === 'CANCELLED') return [];
  throw new BatonError('invalid-transition', `The run has ended: ${state.status}`, {
    details: { state: state.status },
  });
};

const evolve = (state: Run, event: Stamped<RunEvent>): Run => {
  if (event.type === 'run.started') return state.status === 'NOT_STARTED' ? started(event) : state;
  if (state.status !== 'RUNNING' && state.status !== 'PAUSED') return state;
  const now = { ...state, updated_at: event.occurred_at };
  switch (event.type) {
    case 'run.resumed':
      return running(now, event.data.attempt);
    case 'run.paused':
      return { ...factsOf(now), status: 'PAUSED', pending: { ...event.data, is_decided: false } };
    case 'run.decision_recorded':
      return decisionRecorded(now, event);
    case 'run.completed':
      return { ...factsOf(now), ...event.data, status: 'COMPLETED' };
    case 'run.failed':
      return { ...factsOf(now), status: 'FAILED', error: event.data.error };
    case 'run.cancelled':
      return { ...factsOf(now), status: 'CANCELLED', reason: event.data.reason };
    default:
      return progressed({ ...now, taken_up_in_place: 0 }, event);
  }
};

/** What a run is, without what belongs to its status alone. */
const factsOf = (run: RunningRun | PausedRun): RunFacts => {
  if (run.status === 'RUNNING') return run;
  const { pending: _pending, status: _status, ...facts } = run;
  return facts;
};

const running = (run: RunningRun | PausedRun, attempt: number): RunningRun => ({
  ...factsOf(run),
  status: 'RUNNING',
  attempt,
  taken_up_in_place: run.taken_up_in_place + 1,
});

const decisionRecorded = (
  run: RunningRun | PausedRun,
  { data }: Extract<RunEvent, { type: 'run.decision_recorded' }>,
): Run => {
  const decided = {
    ...run,
    taken_up_in_place: 0,
    decisions: { ...run.decisions, [toolKey(data.node_id, data.call_id)]: data },
  };
  return decided.status === 'PAUSED'
    ? { ...decided, pending: { ...decided.pending, is_decided: true } }
    : decided;
};

const started = (event: Extract<Stamped<RunEvent>, { type: 'run.started' }>): RunningRun => ({
  ...event.data,
  status: 'RUNNING',
  attempt: 1,
  taken_up_in_place: 0,
  steps: {},
  thoughts: {},
  tools_started: {},
  tools_finished: {},
  refused: null,
  decisions: {},
  consulted: [],
  started_at: event.occurred_at,
  updated_at: event.occurred_at,
});

const progressed = <R extends RunningRun | PausedRun>(run: R, event: RunEvent): R => {
  switch (event.type) {
    case 'run.input_gathered':
      return { ...run, input: event.data.input };
    case 'run.step_completed': {
      const { node_id, ...step } = event.data;
      return { ...run, steps: { ...run.steps, [node_id]: step } };
    }
    case 'run.agent_thought': {
      const { node_id } = event.data;
      const thoughts = [...(run.thoughts[node_id] ?? []), event.data];
      return { ...run, thoughts: { ...run.thoughts, [node_id]: thoughts } };
    }
    case 'run.tool_started': {
      const key = toolKey(event.data.node_id, event.data.call_id);
      return { ...run, tools_started: { ...run.tools_started, [key]: event.data } };
    }
    case 'run.tool_finished': {
      const key = toolKey(event.data.node_id, event.data.call_id);
      return { ...run, tools_finished: { ...run.tools_finished, [key]: event.data } };
    }
    case 'run.reply_repeated':
      return refused(run, event.data);
    case 'run.consulted':
      return talkedAbout(run, event.data);
    default:
      return run;
  }
};

/** Where it stood still for nothing else it may go on. */
const talkedAbout = <R extends RunningRun | PausedRun>(
  run: R,
  { consultation_id, messages }: Extract<RunEvent, { type: 'run.consulted' }>['data'],
): R => {
  const after = { ...run, consulted: [...run.consulted, ...messages] };
  const isOver =
    after.status === 'PAUSED' &&
    after.pending.consultation_id === consultation_id &&
    after.pending.approval_id === null;
  return isOver ? { ...after, pending: { ...after.pending, is_decided: true } } : after;
};

const refused = <R extends RunningRun | PausedRun>(
  run: R,
  {
    node_ids,
    kind,
    reply,
    guidance,
    draft_call_id,
  }: Extract<RunEvent, { type: 'run.reply_repeated' }>['data'],
): R => {
  const done = node_ids.flatMap((id) => (run.steps[id] ? [[id, run.steps[id]] as const] : []));
  return {
    ...run,
    steps: Object.fromEntries(Object.entries(run.steps).filter(([id]) => !node_ids.includes(id))),
    refused: {
      kind,
      reply,
      ...(guidance !== undefined && { guidance }),
      ...(draft_call_id !== undefined && { draft_call_id }),
      answers: Object.fromEntries(
        done.map(([id, { output }]) => [
          id,
          { text: textOf(output), thoughts: run.thoughts[id]?.length ?? 0 },
        ]),
      ),
      usage: done
        .map(([id, { usage }]) => (run.thoughts[id] ? lessUsage(usage, thoughtUsage(run, id)) : usage))
        .reduce(addUsage, run.refused?.usage ?? NO_USAGE),
    },
  };
};

const textOf = (output: unknown): string => {
  const { text } = (output ?? {}) as { text?: unknown };
  return typeof text === 'string' ? text : '';
};

/** One execution of a workflow: what has happened in it, and how it may end. Its steps are decided by the runtime. */
export const runDecider: Decider<RunCommand, RunEvent, Run> = {
  initialState: () => ({ status: 'NOT_STARTED' }),
  decide,
  evolve,
};
