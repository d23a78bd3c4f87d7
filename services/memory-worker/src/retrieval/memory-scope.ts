/** A search: within one tenant, only rows that fit everything given. */
export interface FilterScope {
  readonly kind: 'filter';
  readonly conversation_id: string | null;
  readonly customer_id: string | null;
}

/**
 * What a turn may recall: what belongs to the conversation or, where the customer is known, to that customer;
 * never another's.
 */
export interface TurnScope {
  readonly kind: 'turn';
  readonly conversation_id: string;
  readonly customer_id: string | null;
}

/** What may be looked through. */
export type MemoryScope = FilterScope | TurnScope;
