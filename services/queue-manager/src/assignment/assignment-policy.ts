import type { Priority } from '@baton/contracts';

const MINUTE_MS = 60_000;

/** What an installation may decide differently about who is asked; the workflow decides the rest. */
export interface AssignmentPolicy {
  /**
   * How much longer a LOW item must have waited to go before a newer one of this priority. Because it is a head
   * start and no class of its own, nothing starves; because it does not depend on the time of day, an item's rank is
   * one column that an index can hold.
   */
  readonly headStartMs: Readonly<Record<Priority, number>>;
  /** Who is due sooner than this after asking is pulled forward by the difference. */
  readonly usualSlaMs: number;
  /** Whose time is nearly up goes forward by so much. */
  readonly slaWarnedMs: number;
  /** So long the agent who knows the customer is asked before anybody else, where the workflow says nothing of it. */
  readonly knownFirstMs: number;
  /** So many conversations in an hour, and an agent is asked only where nobody else is free. */
  readonly fairPerHour: number;
  /** A decliner is not asked about the same item again for so long, as long as anybody else could take it. */
  readonly passMemoryMs: number;
  /** And where nobody else could, not at once. */
  readonly declineCoolOffMs: number;
  /** An item that needs more room than anybody has keeps newcomers from one agent's capacity after so long. */
  readonly heavyHoldAfterMs: number;
  /** `best`: the highest levels in what is asked for; `closest`: the lowest that do, to spare the experts. */
  readonly fit: 'best' | 'closest';
}

export const DEFAULT_ASSIGNMENT_POLICY: AssignmentPolicy = {
  headStartMs: { LOW: 0, NORMAL: 15 * MINUTE_MS, HIGH: 45 * MINUTE_MS, URGENT: 120 * MINUTE_MS },
  usualSlaMs: 5 * MINUTE_MS,
  slaWarnedMs: 10 * MINUTE_MS,
  knownFirstMs: 30_000,
  fairPerHour: 100,
  passMemoryMs: 60_000,
  declineCoolOffMs: 10_000,
  heavyHoldAfterMs: 30_000,
  fit: 'best',
};

export const FAIR_WINDOW_MS = 60 * MINUTE_MS;
