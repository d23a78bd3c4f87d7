import type { FilterScope } from './memory-scope.js';

/** A scope as the search functions in PostgreSQL take it. */
export interface ScopeArguments {
  readonly scope: 'tenant' | 'conversation' | 'customer' | 'both';
  readonly conversation: string | null;
  readonly customer: string | null;
}

export const scopeArguments = (scope: FilterScope): ScopeArguments => {
  const { conversation_id: conversation, customer_id: customer } = scope;
  if (conversation !== null && customer !== null) return { scope: 'both', conversation, customer };
  if (conversation !== null) return { scope: 'conversation', conversation, customer };
  return { scope: customer === null ? 'tenant' : 'customer', conversation, customer };
};
