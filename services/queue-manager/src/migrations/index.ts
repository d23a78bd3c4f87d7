import { QueueTables1763800000000 } from './1763800000000-queue-tables.js';
import { DeadLetterSettlement1763805000000 } from './1763805000000-dead-letter-settlement.js';
import { BatchedLog1763812000000 } from './1763812000000-batched-log.js';
import { RoutingWishes1763900100000 } from './1763900100000-routing-wishes.js';
import { Ownership1763900200000 } from './1763900200000-ownership.js';

/** Oldest first. */
export const migrations = [
  QueueTables1763800000000,
  DeadLetterSettlement1763805000000,
  BatchedLog1763812000000,
  RoutingWishes1763900100000,
  Ownership1763900200000,
] as const;
