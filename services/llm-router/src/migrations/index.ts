import { LlmRouterTables1763800000000 } from './1763800000000-llm-router-tables.js';

/** Oldest first. */
export const migrations = [LlmRouterTables1763800000000] as const;
