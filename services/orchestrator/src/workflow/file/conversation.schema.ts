import { z } from 'zod';

import { Duration } from './duration.js';

/** How messages are gathered into turns, and what of the conversation an agent is shown. */
export const ConversationFile = z.strictObject({
  debounce: z
    .strictObject({ quiet: Duration.prefault('400ms'), max_wait: Duration.prefault('2s') })
    .prefault({})
    .describe('Messages that come within the quiet time join one turn, at most for max_wait'),
  on_new_input: z
    .enum(['queue', 'restart'])
    .default('queue')
    .describe('What a message does that comes while the AI works: wait, or begin the turn again with both'),
  dedup: z
    .strictObject({ last: z.int().min(0).max(100).default(5) })
    .prefault({})
    .describe('With how many of the latest replies a new one is compared'),
  context: z
    .strictObject({
      max_tokens: z.int().min(100).default(6000),
      recent_turns: z.int().min(0).max(100).default(8),
      memories: z.int().min(0).max(50).default(5),
    })
    .prefault({})
    .describe('What of the conversation an agent is shown'),
});
