import type { RequestRule } from '@baton/service';

/**
 * What turns ask of memory they can do without: a memory-worker that does not answer is left alone for a while,
 * instead of costing every turn its time-out. llm-router guards each model by itself.
 */
export const NEIGHBOURS: readonly RequestRule[] = [
  {
    dependency: 'memory search',
    patterns: ['memory.for-turn', 'memory.search', 'knowledge.search'],
    options: { limit: 128, queue: 256, patienceMs: 2000 },
  },
];
