import { useEffect, useState } from 'react';

import { TypingTeller } from './typing-teller.js';

/** Tells the customer that somebody is writing, until the box is left. */
export const useTyping = (conversationId: string): TypingTeller => {
  const [teller] = useState(() => new TypingTeller(conversationId));
  useEffect(() => () => teller.changed(false), [teller]);
  return teller;
};
