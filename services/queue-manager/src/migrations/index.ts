import { QueueTables1763800000000 } from './1763800000000-queue-tables.js';

/** Oldest first. */
export const migrations = [QueueTables1763800000000] as const;
