import type { StreamRef } from '@baton/event-store';

import { conversationKeyId } from '../conversation/conversation-ref.js';

export const runRef = (tenantId: string, runId: string): StreamRef => ({
  tenantId,
  streamType: 'run',
  streamId: runId,
});

/** What is said in a conversation's run is the conversation's: one key, destroyed with it. */
export const runKeyId = (run: {
  readonly run_id: string;
  readonly conversation_id: string | null;
}): string => (run.conversation_id === null ? `run/${run.run_id}` : conversationKeyId(run.conversation_id));
