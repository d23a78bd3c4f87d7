import { baseConfigSchema, intVariable } from '@baton/service';
import type { z } from 'zod';

import { DEFAULT_ASSIGNMENT_POLICY } from './assignment/assignment-policy.js';
import type { QueuePolicy } from './log/consequences.js';

export const configSchema = baseConfigSchema.extend({
  /** How long the writing-up of a resolved conversation may hold its slot; 0: it is free at once. */
  BATON_WRAP_UP_SECONDS: intVariable(0, 86_400).default(30),
  /** An agent whose stream is gone for longer is gone: what they have goes to others. */
  BATON_AGENT_GONE_SECONDS: intVariable(1, 86_400).default(60),
  /** So many offers missed in a row, and their agent is AWAY. */
  BATON_MISSED_OFFERS_LIMIT: intVariable(1, 100).default(3),
  /** So many conversations given in an hour, and an agent is asked only where nobody else is free. */
  BATON_FAIR_SHARE_PER_HOUR: intVariable(1, 1_000).default(DEFAULT_ASSIGNMENT_POLICY.fairPerHour),
});
export type QueueManagerConfig = z.output<typeof configSchema>;

export const policyOf = (config: QueueManagerConfig): QueuePolicy => ({
  wrapUpMs: config.BATON_WRAP_UP_SECONDS * 1000,
  missedOffersLimit: config.BATON_MISSED_OFFERS_LIMIT,
  assignment: { ...DEFAULT_ASSIGNMENT_POLICY, fairPerHour: config.BATON_FAIR_SHARE_PER_HOUR },
});
