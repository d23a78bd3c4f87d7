import type { MemoryScope } from './memory-scope.js';

/** A scope as the search functions in PostgreSQL take it. */
export interface ScopeArguments {
  readonly scope: 'tenant' | 'conversation' | 'customer' | 'both' | 'turn';
  readonly conversation: string | null;
  readonly customer: string | null;
}

export const scopeArguments = (scope: MemoryScope): ScopeArguments => {
  const { conversation_id: conversation, customer_id: customer } = scope;
  if (scope.kind === 'turn') return { scope: 'turn', conversation, customer };
  if (conversation !== null && customer !== null) return { scope: 'both', conversation, customer };
  if (conversation !== null) return { scope: 'conversation', conversation, customer };
  return { scope: customer === null ? 'tenant' : 'customer', conversation, customer };
};
