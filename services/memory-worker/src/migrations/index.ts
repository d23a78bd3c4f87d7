import { MemoryWorkerTables1763800000000 } from './memory-worker-tables.js';
import { DeadLetterSettlement1763805000000 } from './1763805000000-dead-letter-settlement.js';
import { TurnRecall1763810000000 } from './1763810000000-turn-recall.js';
import { AnalyticsInFull1763830000000 } from './1763830000000-analytics-in-full.js';
import { BatchedLog1763812000000 } from './1763812000000-batched-log.js';

/** Oldest first. */
export const migrations = [
  MemoryWorkerTables1763800000000,
  DeadLetterSettlement1763805000000,
  TurnRecall1763810000000,
  BatchedLog1763812000000,
  AnalyticsInFull1763830000000,
];
