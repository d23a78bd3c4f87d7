import type { Priority } from '@baton/contracts';

import { type AssignmentPolicy, DEFAULT_ASSIGNMENT_POLICY } from './assignment-policy.js';

export interface Ranked {
  readonly handover_id: string;
  readonly priority: Priority;
  readonly enqueued_at: string;
  readonly sla_due_at: string;
  readonly sla_warned?: boolean;
}

type Order = Pick<AssignmentPolicy, 'headStartMs' | 'usualSlaMs' | 'slaWarnedMs'>;

/** The place in the queue as an instant: earlier goes first. */
export const rankAt = (
  item: Omit<Ranked, 'handover_id'>,
  policy: Order = DEFAULT_ASSIGNMENT_POLICY,
): string => {
  const pulledForward = Math.min(
    Date.parse(item.enqueued_at),
    Date.parse(item.sla_due_at) - policy.usualSlaMs,
  );
  const headStart = policy.headStartMs[item.priority] + (item.sla_warned ? policy.slaWarnedMs : 0);
  return new Date(pulledForward - headStart).toISOString();
};

export const rankOrder =
  (policy: Order) =>
  (a: Ranked, b: Ranked): number => {
    const [rankA, rankB] = [rankAt(a, policy), rankAt(b, policy)];
    if (rankA !== rankB) return rankA < rankB ? -1 : 1;
    return a.handover_id < b.handover_id ? -1 : a.handover_id > b.handover_id ? 1 : 0;
  };

export const byRank = rankOrder(DEFAULT_ASSIGNMENT_POLICY);
