import { useEffect, useState } from 'react';

import { keys, queryClient } from '../live/queries.js';
import { useStore } from '../ui/store.js';
import type { ConversationLog, LogView } from './conversation-log.js';
import { leaveLog, openLog } from './open-logs.js';
import { settle } from './outbox.js';

/** Follows a conversation while it is on the screen. */
export const useConversationLog = (conversationId: string): { log: ConversationLog; view: LogView } => {
  const [log] = useState(() => openLog(conversationId));
  const view = useStore(log.view);
  useEffect(() => {
    log.start();
    return () => leaveLog(log);
  }, [log]);
  const { arrived, movedAt } = view.transcript;
  useEffect(() => settle(arrived), [arrived]);
  useEffect(() => {
    // Who has it and what may be done with it is the server's to say.
    if (movedAt > 0)
      void queryClient.invalidateQueries({ queryKey: keys.conversation(conversationId), exact: true });
  }, [conversationId, movedAt]);
  return { log, view };
};
