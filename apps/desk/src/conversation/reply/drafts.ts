import { tabGet, tabSet } from '../../session/tab-store.js';
import { createStore } from '../../ui/store.js';

/** What is written and not sent yet, by conversation: it outlives a change of the page, a reload and a lost line. */
export const drafts = createStore<Readonly<Record<string, string>>>({});

const nameOf = (conversationId: string): string => `draft.${conversationId}`;

export const draftOf = (conversationId: string): string =>
  drafts.get()[conversationId] ?? tabGet(nameOf(conversationId)) ?? '';

export const keepDraft = (conversationId: string, text: string): void => {
  tabSet(nameOf(conversationId), text);
  drafts.set((all) => {
    const { [conversationId]: _, ...others } = all;
    return text === '' ? others : { ...others, [conversationId]: text };
  });
};

export const addToDraft = (conversationId: string, text: string): void => {
  const before = draftOf(conversationId);
  keepDraft(conversationId, before === '' ? text : `${before}\n${text}`);
};
