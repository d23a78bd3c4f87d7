import { wrapUp } from '../api/commands.js';
import { keys, queryClient } from '../live/queries.js';
import { createStore } from '../ui/store.js';

/** Resolved by this agent a moment ago; each holds one of their places until they say that they are done, or time does. */
export const wrapUps = createStore<ReadonlySet<string>>(new Set());

export const beginWrapUp = (conversationId: string): void =>
  wrapUps.set((all) => new Set(all).add(conversationId));

export const finishWrapUp = (conversationId: string): void => {
  wrapUps.set((all) => new Set([...all].filter((id) => id !== conversationId)));
  void wrapUp(conversationId)
    // Time was quicker: the place is free already.
    .catch(() => undefined)
    .then(() => queryClient.invalidateQueries({ queryKey: keys.me }));
};
