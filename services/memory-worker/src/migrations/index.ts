import { MemoryWorkerTables1763800000000 } from './memory-worker-tables.js';

/** Oldest first. */
export const migrations = [MemoryWorkerTables1763800000000];
