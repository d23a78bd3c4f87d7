/** The rolling summary that memory keeps of a conversation. */
export interface ConversationSummaries {
  /** Null where there is none yet, or where memory does not answer in time: a handover never waits for it. */
  of(tenantId: string, conversationId: string): Promise<string | null>;
}
