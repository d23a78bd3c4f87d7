import { z } from 'zod';

import { defineEvent, type EventOf } from './define-event.js';
import { Money } from './shared.js';

const budget = z.object({
  scope: z.enum(['tenant', 'workflow', 'conversation', 'run']),
  /** The tenant, workflow, conversation or run whose budget it is. */
  owner: z.string(),
  /** First day of the period (UTC); null where the budget is for good. */
  since: z.string().nullable(),
  limit_usd: Money,
  /** As much as was known to be spent. */
  spent_usd: Money,
});

const example: z.input<typeof budget> = {
  scope: 'tenant',
  owner: 'default',
  since: '2026-11-01',
  limit_usd: '50',
  spent_usd: '50.0135',
};

/** A budget's soft limit was reached: model calls go on. Once a period. */
export const budgetSoftLimitReached = defineEvent({
  type: 'budget.soft_limit_reached',
  version: 1,
  schema: budget,
  personal: [],
  example,
});

/** A budget is spent: model calls are refused with `budget-exceeded` until its period is over. Once a period. */
export const budgetHardLimitReached = defineEvent({
  type: 'budget.hard_limit_reached',
  version: 1,
  schema: budget,
  personal: [],
  example,
});

export const budgetEvents = [budgetSoftLimitReached, budgetHardLimitReached] as const;
export type BudgetEvent = EventOf<(typeof budgetEvents)[number]>;
