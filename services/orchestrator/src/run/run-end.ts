import type { RunEvent } from '@baton/contracts';

import type { TriedTool } from '../agent/agent.js';
import type { SinkDecision } from '../workflow/handover-triggers.js';
import { runDecider } from './run.decider.js';
import type { RunLog } from './run-log.js';
import type { FailedOutcome, HandoverOutcome, SinkOutcome } from './run-outcome.js';
import type { RunFacts } from './run.state.js';

/** A run's last events: the steps that wait for this commit, and how it ended. */
export const endingEvents = (log: RunLog, outcome: SinkOutcome | FailedOutcome): readonly RunEvent[] => {
  const command =
    outcome.kind === 'FAILED'
      ? ({ type: 'FailRun', error: outcome.error } as const)
      : ({ type: 'CompleteRun', result: resultOf(outcome) } as const);
  return [...log.takeWaiting(), ...runDecider.decide(command, log.state)];
};

const resultOf = (outcome: SinkOutcome) => ({
  sink: {
    kind: outcome.kind,
    node_id: outcome.node_id,
    reason: outcome.reason,
    note: outcome.note,
  },
  reply: outcome.reply,
  confidence: outcome.confidence,
  output: outcome.output,
});

/**
 * The outcome as the triggers left it: a reply that does not go out is a HANDOVER of the run too, and an agent's
 * HANDOVER that the workflow has no trigger for is the FINISH that it overrode.
 */
export const decided = (
  outcome: SinkOutcome | FailedOutcome,
  decision: SinkDecision,
): SinkOutcome | FailedOutcome => {
  if (outcome.kind === 'FAILED' || outcome.kind === decision.kind) return outcome;
  if (decision.kind === 'FINISH')
    return {
      ...outcome,
      kind: 'FINISH',
      node_id: (outcome as HandoverOutcome).overrides ?? outcome.node_id,
      reason: null,
      note: null,
    };
  return { ...outcome, kind: 'HANDOVER', reason: decision.reason, note: decision.note, overrides: null };
};

/** What a person who takes over should know was tried: what agents say of their calls, and the tool nodes. */
export const triedIn = (run: RunFacts, notRun: readonly TriedTool[]): TriedTool[] => {
  const byAgents = Object.values(run.steps).flatMap(({ output }) => triedOf(output));
  const told = new Set(byAgents.map(({ tool }) => tool));
  const byNodes = Object.values(run.tools_finished)
    .filter(({ tool }) => !told.has(tool))
    .map(({ tool, error }) => ({ tool, outcome: error ? `${error.code}: ${error.message}` : 'done' }));
  const begun = Object.entries(run.tools_started)
    .filter(([key]) => !Object.hasOwn(run.tools_finished, key))
    .map(([, { tool }]) => ({ tool, outcome: 'begun, not known whether it was done' }))
    .filter(({ tool }) => !notRun.some((other) => other.tool === tool));
  return [...byAgents, ...byNodes, ...begun, ...notRun];
};

const triedOf = (output: unknown): readonly TriedTool[] => {
  const { tried } = (output ?? {}) as { tried?: unknown };
  return Array.isArray(tried) ? (tried as TriedTool[]) : [];
};

/** The intent that some agent found, for the person and the statistics. */
export const intentIn = (run: RunFacts): string | null => {
  for (const { output } of Object.values(run.steps)) {
    const { intent } = (output ?? {}) as { intent?: unknown };
    if (typeof intent === 'string') return intent;
  }
  return null;
};
