import { useEffect, useMemo } from 'react';

import { typing } from '../../api/commands.js';

/** The other side forgets by itself after a while: it is told again as long as the writing goes on. */
const AGAIN_MS = 3000;

/** Tells the customer that somebody is writing, and that they stopped. */
export const useTyping = (conversationId: string): { changed(isTyping: boolean): void } => {
  const teller = useMemo(() => {
    let toldAt = -Infinity;
    return {
      changed: (isTyping: boolean): void => {
        const now = performance.now();
        const wasTyping = toldAt > -Infinity;
        if (isTyping ? now - toldAt < AGAIN_MS : !wasTyping) return;
        toldAt = isTyping ? now : -Infinity;
        void typing(conversationId, isTyping);
      },
    };
  }, [conversationId]);
  useEffect(() => () => teller.changed(false), [teller]);
  return teller;
};
