import { BatonError, type RunEvent } from '@baton/contracts';

import type { RunJournal } from '../tool/run-journal.port.js';
import type { RunLog } from './run-log.js';
import { type RunFacts, usageOf } from './run.state.js';

/** `budget-exceeded` where a run has cost what it may. */
export const overspent = (run: RunFacts, limitUsd: number): BatonError | undefined => {
  const spent = usageOf(run).cost_usd;
  return Number(spent) > 0 && Number(spent) >= limitUsd
    ? new BatonError('budget-exceeded', `The run has cost ${spent} of ${limitUsd} USD`)
    : undefined;
};

/** The log as agents write it: each thought that is told may be the last that the run can pay for. */
export const budgetedJournal = (log: RunLog, limitUsd: number): RunJournal => {
  const check = (events: readonly RunEvent[]): void => {
    if (!events.some((event) => event.type === 'run.agent_thought')) return;
    const error = overspent(log.state, limitUsd);
    if (error) throw error;
  };
  return {
    append: async (events) => {
      await log.append(events);
      check(events);
    },
    note: (events) => {
      log.note(events);
      check(events);
    },
    startedTool: (nodeId, callId) => log.startedTool(nodeId, callId),
    finishedTool: (nodeId, callId) => log.finishedTool(nodeId, callId),
    decision: (nodeId, callId) => log.decision(nodeId, callId),
    agreedPlans: () => log.agreedPlans(),
    startedWith: (approvalId) => log.startedWith(approvalId),
    thoughts: (nodeId) => log.thoughts(nodeId),
  };
};
