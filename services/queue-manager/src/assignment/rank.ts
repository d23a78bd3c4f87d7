import type { Priority } from '@baton/contracts';

const MINUTE_MS = 60_000;

/**
 * How much longer a LOW item must have waited to go before a newer one of this priority. Because it is a head
 * start and no class of its own, nothing starves; because it does not depend on the time of day, an item's rank is one
 * column that an index can hold.
 */
export const HEAD_START_MS: Readonly<Record<Priority, number>> = {
  LOW: 0,
  NORMAL: 15 * MINUTE_MS,
  HIGH: 45 * MINUTE_MS,
  URGENT: 120 * MINUTE_MS,
};

/** Who is due sooner than this after asking is pulled forward by the difference. */
const USUAL_SLA_MS = 5 * MINUTE_MS;

export interface Ranked {
  readonly handover_id: string;
  readonly priority: Priority;
  readonly enqueued_at: string;
  readonly sla_due_at: string;
}

/** The place in the queue as an instant: earlier goes first. */
export const rankAt = (item: Ranked): string => {
  const pulledForward = Math.min(Date.parse(item.enqueued_at), Date.parse(item.sla_due_at) - USUAL_SLA_MS);
  return new Date(pulledForward - HEAD_START_MS[item.priority]).toISOString();
};

export const byRank = (a: Ranked, b: Ranked): number => {
  const [rankA, rankB] = [rankAt(a), rankAt(b)];
  if (rankA !== rankB) return rankA < rankB ? -1 : 1;
  return a.handover_id < b.handover_id ? -1 : a.handover_id > b.handover_id ? 1 : 0;
};
