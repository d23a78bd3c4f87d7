import type { RequestRule } from '@baton/service';

/**
 * Embeddings and completions are asked for through llm-router, which guards each model by itself; this keeps what
 * this process has under way there bounded, and does not wait for a router that is gone or models that are all away.
 */
export const MODEL_GUARDS: readonly RequestRule[] = [
  { dependency: 'embedding', patterns: ['llm.embed'], options: { limit: 32, queue: 128, patienceMs: 5000 } },
  {
    dependency: 'completion',
    patterns: ['llm.complete'],
    options: { limit: 16, queue: 64, patienceMs: 10_000 },
  },
];
