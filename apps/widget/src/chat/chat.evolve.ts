import type { ConversationEvent, ConversationItem, ConversationState } from '@baton/client';

import { type Author, type ChatState, EMPTY_CHAT } from './chat.state.js';

/** The chat behind one more item of the conversation's stream. What is not known changes nothing. */
export const evolveChat = (chat: ChatState, item: ConversationItem): ChatState => {
  switch (item.kind) {
    case 'delta':
      return { ...chat, provisional: chat.provisional + item.content };
    case 'delta.reset':
      return { ...chat, provisional: '' };
    case 'typing':
      return item.sender_type === 'human_agent' ? { ...chat, isTyping: item.typing } : chat;
    case 'event':
      return evolveByEvent(chat, item.event);
    default:
      return item satisfies never;
  }
};

const evolveByEvent = (chat: ChatState, event: ConversationEvent): ChatState => {
  const { data } = event;
  switch (event.type) {
    case 'conversation.started':
      return { ...chat, state: 'NEW' };
    case 'conversation.message_received': {
      const turnIds = new Set(chat.turnIds).add(textOf(data['turn_id']));
      return { ...said(chat, event, 'you', textOf(data['content'])), turnIds };
    }
    case 'conversation.human_message_sent':
      return { ...said(chat, event, 'person', textOf(data['content'])), isTyping: false };
    case 'conversation.turn_completed': {
      const reply = data['reply'] as { readonly message_id?: string; readonly content?: string } | null;
      const told = reply ? said(chat, event, 'assistant', textOf(reply.content), reply.message_id) : chat;
      return { ...inState(told, stateAfterTurn(chat, data['sink'])), provisional: '' };
    }
    case 'conversation.turn_started':
      return { ...inState(chat, 'AI_PROCESSING'), provisional: '' };
    case 'conversation.turn_attempt_started':
    case 'conversation.turn_restarted':
      return { ...chat, provisional: '' };
    case 'conversation.handed_over':
      return { ...inState(chat, 'PENDING_HUMAN'), handoverId: textOf(data['handover_id']), provisional: '' };
    case 'conversation.assigned':
      return { ...inState(chat, 'HUMAN_ACTIVE'), provisional: '' };
    case 'conversation.released':
    case 'conversation.transferred':
      return { ...inState(chat, 'PENDING_HUMAN'), isTyping: false };
    case 'conversation.resolved':
      return { ...inState(chat, 'RESOLVED'), handoverId: null, isTyping: false };
    case 'conversation.returned_to_ai':
    case 'conversation.handover_cancelled':
      return { ...inState(chat, 'BACK_TO_AI'), handoverId: null, isTyping: false };
    case 'conversation.feedback_recorded':
      return { ...chat, rating: typeof data['rating'] === 'number' ? data['rating'] : chat.rating };
    case 'conversation.erased':
      // Nothing of it is to be seen any more, here either.
      return { ...EMPTY_CHAT, isErased: true };
    default:
      return chat;
  }
};

const inState = (chat: ChatState, state: ConversationState): ChatState =>
  // Whoever goes on after the end may rate the end that comes then.
  ({ ...chat, state, rating: state === 'RESOLVED' ? chat.rating : null });

/** A turn that ends while a person is on it moves nothing; one that hands over is followed by the event that says so. */
const stateAfterTurn = ({ state }: ChatState, sink: unknown): ConversationState =>
  state === 'AI_PROCESSING' && sink !== 'HANDOVER' ? 'FINISHED' : (state ?? 'FINISHED');

const said = (
  chat: ChatState,
  { data, version, occurred_at }: ConversationEvent,
  author: Author,
  text: string,
  messageId: unknown = data['message_id'],
): ChatState => {
  const id = typeof messageId === 'string' ? messageId : `v${version}`;
  return { ...chat, messages: [...chat.messages, { id, author, text, at: Date.parse(occurred_at) }] };
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
