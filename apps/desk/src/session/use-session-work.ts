import { useEffect } from 'react';

import { forgetLogs } from '../conversation/open-logs.js';
import { outbox, restoreOutbox } from '../conversation/outbox.js';
import { followStaff } from '../live/live.js';
import { queryClient } from '../live/queries.js';
import { endSession, type Session } from './session.js';

/** The longest a browser's timer can wait. */
const MAX_TIMER_MS = 2_147_483_647;

/** What goes on while somebody is signed in: the staff stream, what is still to be sent, the end of the token. */
export const useSessionWork = (session: Session | null): void => {
  const token = session?.token;
  const agentId = session?.agentId;
  const expiresAtMs = session?.expiresAtMs ?? 0;
  useEffect(() => {
    if (token === undefined || agentId === undefined) return undefined;
    restoreOutbox();
    const stop = followStaff(agentId);
    const left = Math.min(MAX_TIMER_MS, Math.max(0, expiresAtMs - Date.now()));
    const end = setTimeout(() => endSession('expired'), left);
    return () => {
      clearTimeout(end);
      stop();
      // The next one to sign in may be somebody else.
      forgetLogs();
      outbox.set([]);
      queryClient.clear();
    };
  }, [token, agentId, expiresAtMs]);
};
