import { BatonError, type RunEvent } from '@baton/contracts';

import type { RunJournal } from '../tool/run-journal.port.js';
import type { RunLog } from './run-log.js';
import { type RunFacts, usageOf } from './run.state.js';

/** @throws BatonError `budget-exceeded` where a run has cost what it may */
export const checkBudget = (run: RunFacts, limitUsd: number): void => {
  const spent = usageOf(run).cost_usd;
  if (Number(spent) > 0 && Number(spent) >= limitUsd)
    throw new BatonError('budget-exceeded', `The run has cost ${spent} of ${limitUsd} USD`);
};

/** The log as agents write it: each thought that is told may be the last that the run can pay for. */
export const budgetedJournal = (log: RunLog, limitUsd: number): RunJournal => {
  const check = (events: readonly RunEvent[]): void => {
    if (events.some((event) => event.type === 'run.agent_thought')) checkBudget(log.state, limitUsd);
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
    thoughts: (nodeId) => log.thoughts(nodeId),
  };
};
