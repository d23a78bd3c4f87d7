import type { TimerRequest } from '@baton/event-store';

import { type ESCALATION_STEPS } from '@baton/contracts';

import type { Approval, RequestedApproval } from './approval.state.js';

/** The kind of the one timer that watches over an approval. */
export const APPROVAL_TIMER = 'approval.watch';

/** How much of its time is gone when each step is due. */
const LADDER = [
  { step: 'remind', at: 0.5 },
  { step: 'widen', at: 0.75 },
  { step: 'supervisor', at: 0.9 },
] as const satisfies readonly { readonly step: (typeof ESCALATION_STEPS)[number]; readonly at: number }[];

export type WatchStep = (typeof LADDER)[number]['step'] | 'expire';

/** What the timer carries. */
export interface ApprovalWatch {
  readonly approval_id: string;
  readonly step: WatchStep;
}

export interface TimerChanges {
  readonly set: readonly TimerRequest[];
  readonly cancel: readonly string[];
}

/**
 * The timer after a change. One at a time: the next step of the ladder, at last the expiry. A step whose moment has
 * passed when the end was moved is not made up for.
 */
export const timersBetween = (before: Approval, after: RequestedApproval): TimerChanges => {
  const timerId = `approval/${after.approval_id}`;
  if (after.status !== 'PENDING') return { set: [], cancel: before.status === 'PENDING' ? [timerId] : [] };
  if (before.status === 'PENDING' && before.expires_at === after.expires_at) return { set: [], cancel: [] };
  return { set: [nextWatch(after, after.updated_at)], cancel: [] };
};

/** What is due next behind an instant. */
export const nextWatch = (approval: RequestedApproval, behind: string): TimerRequest => {
  const from = Date.parse(approval.requested_at);
  const whole = Date.parse(approval.expires_at) - from;
  const due = LADDER.map(({ step, at }) => ({ step, ms: from + whole * at }));
  const next = due.find(({ ms }) => ms > Date.parse(behind)) ?? {
    step: 'expire' as const,
    ms: Date.parse(approval.expires_at),
  };
  return {
    timerId: `approval/${approval.approval_id}`,
    kind: APPROVAL_TIMER,
    dueAt: new Date(next.ms).toISOString(),
    payload: { approval_id: approval.approval_id, step: next.step },
  };
};
