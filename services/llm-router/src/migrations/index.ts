import { LlmRouterTables1763800000000 } from './1763800000000-llm-router-tables.js';
import { DeadLetterSettlement1763805000000 } from './1763805000000-dead-letter-settlement.js';
import { BatchedLog1763812000000 } from './1763812000000-batched-log.js';
import { UsageCacheCancelled1763901000000 } from './1763901000000-usage-cache-cancelled.js';
import { CallsByTimeOnly1763902000000 } from './1763902000000-calls-by-time-only.js';

/** Oldest first. */
export const migrations = [
  LlmRouterTables1763800000000,
  DeadLetterSettlement1763805000000,
  BatchedLog1763812000000,
  UsageCacheCancelled1763901000000,
  CallsByTimeOnly1763902000000,
] as const;
