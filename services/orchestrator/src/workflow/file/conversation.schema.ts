import { z } from 'zod';

import { Duration } from './duration.js';

/** How messages are gathered into turns, and what of the conversation an agent is shown. */
export const ConversationFile = z.strictObject({
  debounce: z
    .strictObject({ quiet: Duration.prefault('400ms'), max_wait: Duration.prefault('2s') })
    .prefault({}),
  on_new_input: z.enum(['queue', 'restart']).default('queue'),
  dedup: z.strictObject({ last: z.int().min(0).max(100).default(5) }).prefault({}),
  context: z
    .strictObject({
      max_tokens: z.int().min(100).default(6000),
      recent_turns: z.int().min(0).max(100).default(8),
      memories: z.int().min(0).max(50).default(5),
    })
    .prefault({}),
});
