import type { BudgetRule } from '../budget/budget.js';
import type { LimitRule } from '../limit/limit-rule.js';

/** When a model of a tier may answer; what is not said does not matter. */
export interface RouteCondition {
  /** The prompt is at most about this many tokens. */
  readonly max_input_tokens?: number | undefined;
  readonly min_input_tokens?: number | undefined;
  /** Only calls that offer tools, or only such as do not. */
  readonly tools?: boolean | undefined;
  /** Only calls of these tenants. */
  readonly tenants?: readonly string[] | undefined;
}

export interface TierModel {
  readonly model: string;
  readonly when?: RouteCondition | undefined;
}

export interface CacheSettings {
  readonly embeddings: boolean;
  /** Answers at temperature 0. */
  readonly chat: boolean;
  readonly ttlSeconds: number;
}

/** What an operator's models file says; where there is none, nothing is limited and no tier is added. */
export class ModelSettings {
  constructor(
    readonly tiers: Readonly<Record<string, readonly TierModel[]>> = {},
    readonly embedding: string | undefined = undefined,
    readonly limits: readonly LimitRule[] = [],
    readonly budgets: readonly BudgetRule[] = [],
    readonly cache: CacheSettings = { embeddings: true, chat: false, ttlSeconds: 3_600 },
  ) {}
}
