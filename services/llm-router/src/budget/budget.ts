import { z } from 'zod';

import type { CallIdentity } from '../ledger/ledger-row.js';
import { parseMoney } from '../pricing/money.js';

export const BUDGET_SCOPES = ['tenant', 'workflow', 'conversation', 'run'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

const Usd = z
  .union([z.string(), z.number()])
  .transform((amount) => (typeof amount === 'number' ? amount.toFixed(9).replace(/\.?0+$/, '') : amount))
  .pipe(z.string().regex(/^\d+(?:\.\d{1,9})?$/, 'must be an amount in USD'));

/** What may be spent on models. */
export const BudgetRule = z
  .strictObject({
    scope: z.enum(BUDGET_SCOPES),
    /** Only this tenant's; absent: each tenant's apart. */
    tenant: z.string().optional(),
    /** Only this workflow's; with scope `workflow` absent: each workflow's apart. */
    workflow: z.string().optional(),
    /** Tenants and workflows: by day or by month (UTC). A conversation and a run have theirs for good. */
    period: z.enum(['day', 'month']).optional(),
    /** Told by event once it is reached. */
    soft_usd: Usd.optional(),
    /** Calls are refused once it is reached. */
    hard_usd: Usd.optional(),
  })
  .refine(({ soft_usd, hard_usd }) => (soft_usd ?? hard_usd) !== undefined, 'needs soft_usd or hard_usd')
  .refine(
    ({ scope, period }) => (scope === 'tenant' || scope === 'workflow') === (period !== undefined),
    'tenant and workflow budgets have a period (day or month), the others have none',
  )
  .refine(
    ({ soft_usd, hard_usd }) =>
      soft_usd === undefined || hard_usd === undefined || parseMoney(soft_usd) <= parseMoney(hard_usd),
    'soft_usd is more than hard_usd',
  );
export type BudgetRule = z.output<typeof BudgetRule>;

/** A budget as it counts one call: whose it is, and from when on. */
export interface Account {
  readonly tenantId: string;
  readonly scope: BudgetScope;
  /** The workflow, conversation or run; the tenant itself for a tenant's. */
  readonly owner: string;
  /** The conversation that a run belongs to: what it cost is found by it. */
  readonly conversationId: string | null;
  /** The first day of the period, UTC; null where it counts for good. */
  readonly since: string | null;
  readonly rule: BudgetRule;
}

/** The accounts that pay for a call. */
export const accountsOf = (
  rules: readonly BudgetRule[],
  call: CallIdentity,
  today: string,
): readonly Account[] =>
  rules.flatMap((rule) => {
    if (rule.tenant !== undefined && rule.tenant !== call.tenantId) return [];
    if (rule.workflow !== undefined && rule.workflow !== call.workflow) return [];
    const owner = ownerOf(rule.scope, call);
    if (owner === null) return [];
    const since = rule.period && (rule.period === 'day' ? today : `${today.slice(0, 7)}-01`);
    const { tenantId, conversationId } = call;
    return [{ tenantId, scope: rule.scope, owner, conversationId, since: since ?? null, rule }];
  });

const ownerOf = (scope: BudgetScope, call: CallIdentity): string | null => {
  switch (scope) {
    case 'tenant':
      return call.tenantId;
    case 'workflow':
      return call.workflow;
    case 'conversation':
      return call.conversationId;
    case 'run':
      return call.runId;
    default:
      return scope satisfies never;
  }
};

export const accountKey = ({ tenantId, scope, owner, since, rule }: Account): string =>
  JSON.stringify([tenantId, scope, owner, since, rule.workflow ?? null]);

/** Which of its limits an account has reached. */
export const reached = (account: Account, spentUsd: string): 'hard' | 'soft' | null => {
  const spent = parseMoney(spentUsd);
  const { hard_usd, soft_usd } = account.rule;
  if (hard_usd !== undefined && spent >= parseMoney(hard_usd)) return 'hard';
  return soft_usd !== undefined && spent >= parseMoney(soft_usd) ? 'soft' : null;
};
