import { type Conversation, isLive, isWithHuman } from '../conversation/conversation.state.js';

/** What a worker that looks at a conversation should do. */
export type NextStep =
  | { readonly kind: 'nothing' }
  /** The quiet window is open for so long. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** A turn is due since `dueAt`, or was begun by a worker that may be lost: whoever gets the lease takes it. */
  | { readonly kind: 'take'; readonly dueAt: number };

export const nextStep = (state: Conversation, now: string): NextStep => {
  if (!isLive(state) || isWithHuman(state)) return { kind: 'nothing' };
  if (state.status === 'AI_PROCESSING' && state.running?.run_id !== null)
    return { kind: 'take', dueAt: Date.parse(now) };
  // Behind a restart the running turn gathers messages again.
  const open = state.status === 'AI_PROCESSING' ? state.running : state.collecting;
  const due = open?.due_at ?? null;
  if (due === null) return { kind: 'nothing' };
  const dueAt = Date.parse(due);
  const ms = dueAt - Date.parse(now);
  return ms > 0 ? { kind: 'wait', ms } : { kind: 'take', dueAt };
};
