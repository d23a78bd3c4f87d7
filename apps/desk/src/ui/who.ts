import type { Customer } from '../api/types.js';

/** What to call a customer: the name, else the id, else that of the conversation. */
export const customerName = (customer: Customer | null | undefined, conversationId: string): string =>
  customer?.name?.trim() || customer?.id || conversationId;
