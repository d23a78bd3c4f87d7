import type { ConversationNews } from '../stream/conversation-news.js';
import type { Followed } from './follow-conversation.js';
import type { UiChatCall } from './ui-chat-stream.js';

export interface NextWordOptions {
  /** What the page has already; the customer's last message unless given. */
  readonly after: number | undefined;
  /** Of the conversation, just now. */
  readonly version: number;
  /** How long to wait for what is not in the log yet. */
  readonly holdMs: number;
}

/** What was said to the customer, or who has the word now. */
export interface NextWord {
  /** By a person, each under its own id: told again, it takes its own place. */
  readonly said: readonly { readonly id: string; readonly text: string }[];
  /** The AI has begun this turn. */
  readonly turnNumber: number | null;
  /** The person has gone, or was never to come. */
  readonly isOver: boolean;
}

/** How far back a person's words may lie behind the customer's last. */
const LOOK_BACK = 200;

/** The AI has the word. */
const BEGINNINGS: ReadonlySet<string> = new Set(['conversation.turn_started', 'conversation.turn_resumed']);

/** From each of these on another than the person on it has the word. */
const ENDS: ReadonlySet<string> = new Set([
  'conversation.resolved',
  'conversation.returned_to_ai',
  'conversation.handover_cancelled',
  'conversation.erased',
]);

/** The next that a customer's page is to be told: what the log has already, together, or the first that comes. */
export const nextWord = async (
  { reply }: UiChatCall,
  follow: (from: number) => AsyncIterable<Followed>,
  news: ConversationNews,
  { after, version, holdMs }: NextWordOptions,
): Promise<NextWord> => {
  const timer = setTimeout(() => news.end(), holdMs);
  reply.raw.once('close', () => news.end());
  let said: NextWord['said'] = [];
  let turnNumber: number | null = null;
  let isOver = false;
  let isLive = false;
  try {
    for await (const told of follow(after ?? Math.max(0, version - LOOK_BACK))) {
      if (told.kind === 'live') isLive = true;
      if (told.kind === 'event') {
        const { type, data, version: at } = told.event;
        if (type === 'conversation.message_received' && after === undefined) said = [];
        if (type === 'conversation.human_message_sent')
          said = [...said, { id: String(data['message_id']), text: String(data['content']) }];
        if (at > version && BEGINNINGS.has(type)) turnNumber = Number(data['turn_number']);
        isOver ||= at > version && ENDS.has(type);
      }
      if (isLive && (said.length > 0 || isOver || turnNumber !== null)) break;
    }
  } finally {
    clearTimeout(timer);
  }
  return { said, turnNumber, isOver };
};
