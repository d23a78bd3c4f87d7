import type { ConversationStats } from './conversation-stats.js';
import { elapsedMs } from './elapsed.js';

/** Still closed after so long: the resolution was durable. */
export const DURABLE_MS = 7 * 24 * 3600 * 1000;

/**
 * Whoever writes on within a day of the AI's answer goes on talking; who comes later comes back. (After a human
 * resolved it, any word opens it again.)
 */
export const STILL_TALKING_MS = 24 * 3600 * 1000;

/** What changes where something happens in a conversation that was settled, or that the customer had left. */
export const takenUpAgain = (
  stats: ConversationStats,
  at: string,
  byCustomer: boolean,
): Partial<ConversationStats> => {
  const { settled_at, resolved, abandoned, reopened, was_durable } = stats;
  if (settled_at === null && !abandoned) return {};
  const quietMs = settled_at === null ? 0 : elapsedMs(settled_at, at);
  const cameBack = resolved || abandoned || (byCustomer && quietMs > STILL_TALKING_MS);
  return {
    settled_at: null,
    resolved: false,
    abandoned: false,
    was_durable: was_durable || quietMs >= DURABLE_MS,
    reopened: reopened + (cameBack ? 1 : 0),
  };
};
