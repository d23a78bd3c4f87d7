import { baseConfigSchema, intVariable } from '@baton/service';
import { z } from 'zod';

export const configSchema = baseConfigSchema.extend({
  /** A digest (summary and facts) is due after this many turns. */
  BATON_SUMMARY_EVERY: intVariable(1, 1000).default(4),
  /** Whether facts about the customer are extracted, where a served model can. */
  BATON_EXTRACT_FACTS: z.enum(['on', 'off']).default('on'),
  /** Markdown that knowledge is searched in; relative to the working directory. */
  BATON_KNOWLEDGE_DIR: z.string().default('config/knowledge'),
  /** What an hour of a human agent costs, in USD. */
  BATON_HUMAN_COST_PER_HOUR: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a decimal number')
    .default('30.00'),
});
export type MemoryWorkerConfig = z.output<typeof configSchema>;
