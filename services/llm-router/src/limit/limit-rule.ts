/** How fast a model or a tenant may go. Every rule that fits a call counts it. */
export interface LimitRule {
  /** `provider/model`; absent: all models together. */
  readonly model?: string | undefined;
  /** A tenant, or `*` for each tenant apart; absent: all tenants together. */
  readonly tenant?: string | undefined;
  readonly requests_per_minute?: number | undefined;
  /** Prompts and answers. */
  readonly tokens_per_minute?: number | undefined;
  /** Requests under way at once. */
  readonly concurrency?: number | undefined;
}

/** A rule as it counts one call: those that share the key share the limit. */
export interface Meter {
  readonly key: string;
  readonly requests: number;
  readonly tokens: number;
  readonly concurrency: number;
  /** Whether another model would be counted by other meters. */
  readonly isModels: boolean;
}

/** No limit: what a missing number counts as. */
export const UNLIMITED = -1;

/** The meters that count a call of this tenant to this model. */
export const metersOf = (rules: readonly LimitRule[], tenantId: string, model: string): readonly Meter[] =>
  rules.flatMap((rule, index) => {
    if (rule.model !== undefined && rule.model !== model) return [];
    if (rule.tenant !== undefined && rule.tenant !== '*' && rule.tenant !== tenantId) return [];
    const whose = rule.tenant === undefined ? '' : tenantId;
    return [
      {
        // The rule's own numbers are in its name: another limit begins with another count.
        key: [
          index,
          rule.model ?? '',
          whose,
          rule.requests_per_minute ?? 0,
          rule.tokens_per_minute ?? 0,
        ].join('|'),
        requests: rule.requests_per_minute ?? UNLIMITED,
        tokens: rule.tokens_per_minute ?? UNLIMITED,
        concurrency: rule.concurrency ?? UNLIMITED,
        isModels: rule.model !== undefined,
      },
    ];
  });
