/** The idempotency scope of a message: its conversation and the caller's turn id. */
export const turnScope = (conversationId: string, turnId: string): string =>
  `turn|${conversationId}:${turnId}`;
