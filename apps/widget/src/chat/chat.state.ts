import type { ConversationState } from '@baton/client';

/** Who wrote a message, as the customer sees it. */
export type Author = 'you' | 'assistant' | 'person';

export interface ChatMessage {
  readonly id: string;
  readonly author: Author;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One of the customer's own that the log does not have yet. */
export interface PendingMessage {
  /** The caller's own id: sent again with it, it is the same message. */
  readonly turnId: string;
  readonly text: string;
  /** Why it can't be sent, when it can't. */
  readonly refused?: string;
}

/** What the customer's side knows of the conversation: the fold of its stream. */
export interface ChatState {
  readonly messages: readonly ChatMessage[];
  /** Of the customer's messages in the log. */
  readonly turnIds: ReadonlySet<string>;
  /** The AI's words so far; the message itself takes their place. */
  readonly provisional: string;
  readonly state: ConversationState | null;
  /** Of the hand-over that is open. */
  readonly handoverId: string | null;
  /** The person on the other side is typing. */
  readonly isTyping: boolean;
  readonly rating: number | null;
  readonly isErased: boolean;
}

export const EMPTY_CHAT: ChatState = {
  messages: [],
  turnIds: new Set(),
  provisional: '',
  state: null,
  handoverId: null,
  isTyping: false,
  rating: null,
  isErased: false,
};

export const isWithPerson = ({ state }: ChatState): boolean =>
  state === 'PENDING_HUMAN' || state === 'HUMAN_ACTIVE';

/** The AI has the word and has not said it all. */
export const isAnswering = ({ state }: ChatState): boolean => state === 'NEW' || state === 'AI_PROCESSING';
