import { z } from 'zod';

/** Somebody is typing: shown to the other side, kept nowhere. */
export const Typing = z.object({
  type: z.literal('typing'),
  sender_type: z.enum(['user', 'human_agent']),
  typing: z.boolean(),
});
export type Typing = z.infer<typeof Typing>;
