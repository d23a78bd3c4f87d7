import { type RunEvent, SYSTEM_ACTOR } from '@baton/contracts';

import { approvalDecider } from './approval.decider.js';
import { type ApprovalAppend, appendApproval, type LoadedApproval } from './approval.repository.js';

/** Whether events begin or end what people agreed to. */
export const bearsApproval = (events: readonly RunEvent[]): boolean => approvalsIn(events).length > 0;

/**
 * What the events of a run say of the approvals that let its actions through: begun, done or failed. They go into the
 * run's own commit, so that an action that is begun is never begun again.
 * @throws BatonError `stale-owner` where an approval lets nothing through any more
 */
export const executionAppends = async (
  tenantId: string,
  events: readonly RunEvent[],
  load: (approvalId: string) => Promise<LoadedApproval>,
  now: string,
): Promise<ApprovalAppend[]> =>
  Promise.all(
    approvalsIn(events).map(async (approvalId) => {
      const before = await load(approvalId);
      let { state } = before;
      const decided = events.flatMap((event) => {
        const command = commandOf(event, approvalId);
        if (!command) return [];
        const made = approvalDecider.decide(command, state);
        for (const each of made) state = approvalDecider.evolve(state, { ...each, occurred_at: now });
        return made;
      });
      return appendApproval(tenantId, before, decided, now, SYSTEM_ACTOR);
    }),
  ).then((appends) => appends.filter(({ append }) => append.events.length > 0));

const approvalsIn = (events: readonly RunEvent[]): string[] => [
  ...new Set(
    events.flatMap((event) =>
      (event.type === 'run.tool_started' || event.type === 'run.tool_finished') && event.data.approval_id
        ? [event.data.approval_id]
        : [],
    ),
  ),
];

const commandOf = (event: RunEvent, approvalId: string) => {
  if (event.type === 'run.tool_started' && event.data.approval_id === approvalId)
    return {
      type: 'StartExecution',
      action_digest: event.data.action_digest ?? '',
      idempotency_key: event.data.idempotency_key,
    } as const;
  if (event.type === 'run.tool_finished' && event.data.approval_id === approvalId)
    return { type: 'FinishExecution', error: event.data.error } as const;
  return undefined;
};
