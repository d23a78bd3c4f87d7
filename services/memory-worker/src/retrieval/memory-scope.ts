/**
 * What may be looked through, within one tenant. `filter`: only rows that fit everything given. `turn`: what
 * belongs to the conversation or, where the customer is known, to that customer; never another's.
 */
export type MemoryScope =
  | {
      readonly kind: 'filter';
      readonly conversation_id: string | null;
      readonly customer_id: string | null;
    }
  | { readonly kind: 'turn'; readonly conversation_id: string; readonly customer_id: string | null };
