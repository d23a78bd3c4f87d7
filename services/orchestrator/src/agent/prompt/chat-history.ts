import type { ChatMessage } from '@baton/contracts';

import type { AgentContext } from '../agent.js';

/** The latest messages as a model's own chat: our side speaks with one voice, a colleague's words are marked. */
export const chatHistory = (context: AgentContext | null): ChatMessage[] =>
  (context?.recent ?? []).flatMap(({ role, content }): ChatMessage[] => {
    switch (role) {
      case 'user':
        return [{ role: 'user', content }];
      case 'assistant':
        return [{ role: 'assistant', content }];
      case 'human_agent':
        return [{ role: 'assistant', content: `(A colleague of our team wrote:) ${content}` }];
      // What the system noted reaches the model in its own sections.
      case 'system':
        return [];
    }
  });
