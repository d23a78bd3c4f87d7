import type { StreamRef } from '@baton/event-store';

export const conversationRef = (tenantId: string, conversationId: string): StreamRef => ({
  tenantId,
  streamType: 'conversation',
  streamId: conversationId,
});

/** Names the data key that seals what a conversation, its runs and its memories say. */
export const conversationKeyId = (conversationId: string): string => `conversation/${conversationId}`;
