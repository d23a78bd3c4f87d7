import type { LogEvent } from '../api/types.js';

export type Speaker = 'customer' | 'ai' | 'agent';

/** Something that was said. */
export interface SaidItem {
  readonly kind: 'said';
  readonly key: string;
  readonly speaker: Speaker;
  /** The human agent who wrote it. */
  readonly agentId: string | null;
  readonly content: string;
  readonly at: string;
}

/** Said to the agent alone, by a supervisor. */
export interface WhisperItem {
  readonly kind: 'whisper';
  readonly key: string;
  readonly from: string;
  readonly content: string;
  readonly at: string;
}

export type MarkName =
  | 'handed_over'
  | 'assigned'
  | 'released'
  | 'transferred'
  | 'resolved'
  | 'returned_to_ai'
  | 'handover_cancelled'
  | 'callback_cancelled'
  | 'notice'
  | 'feedback_recorded'
  | 'turn_failed'
  | 'erased';

/** Where the conversation changed hands, or something was noted about it. */
export interface MarkItem {
  readonly kind: 'mark';
  readonly key: string;
  readonly name: MarkName;
  readonly agentId: string | null;
  /** Code of a hand-over's reason. */
  readonly reason: string | null;
  /** Code of why it went back to the queue or to the AI, where nobody chose it. */
  readonly cause: string | null;
  /** A note, a guidance, a resolution, a comment or a notice, as it was written. */
  readonly note: string | null;
  readonly rating: number | null;
  readonly at: string;
}

export type Item = SaidItem | WhisperItem | MarkItem;

/** What the AI is saying right now: may still be withdrawn. */
export interface Provisional {
  readonly turn: number;
  readonly attempt: number;
  readonly text: string;
}

/** A conversation as its log tells it; the same log always tells the same. */
export interface Transcript {
  readonly version: number;
  readonly items: readonly Item[];
  /** Turn ids of agents' messages that are in the log: what was sent has arrived. */
  readonly arrived: ReadonlySet<string>;
  readonly provisional: Provisional | null;
  /** The AI works at an answer. */
  readonly isAiWorking: boolean;
  /** Version of the last event that may have changed the state or the owner. */
  readonly movedAt: number;
}

export const NOTHING: Transcript = {
  version: 0,
  items: [],
  arrived: new Set(),
  provisional: null,
  isAiWorking: false,
  movedAt: 0,
};

/** The transcript behind these events; those it has already change nothing. */
export const withEvents = (transcript: Transcript, events: readonly LogEvent[]): Transcript => {
  const news = events.filter(({ version }) => version > transcript.version);
  if (news.length === 0) return transcript;
  let { version, provisional, isAiWorking, movedAt } = transcript;
  const items = [...transcript.items];
  let arrived = transcript.arrived;
  for (const event of news) {
    if (event.version <= version) continue;
    version = event.version;
    items.push(...itemsOf(event));
    const { type } = event;
    if (type === 'conversation.human_message_sent') arrived = new Set(arrived).add(text(event, 'turn_id'));
    if (BEGINS.has(type)) isAiWorking = true;
    if (STOPS.has(type)) {
      provisional = null;
      isAiWorking = false;
    }
    if (!SAYING.has(type)) movedAt = version;
  }
  return { version, items, arrived, provisional, isAiWorking, movedAt };
};

/** A token of the AI's as it comes. */
export const withDelta = (
  transcript: Transcript,
  delta: { readonly turn_number: number; readonly attempt: number; readonly content: string },
): Transcript => {
  const { turn_number: turn, attempt, content } = delta;
  const before = transcript.provisional;
  const goesOn = before?.turn === turn && before.attempt === attempt;
  return {
    ...transcript,
    provisional: { turn, attempt, text: (goesOn ? before.text : '') + content },
  };
};

/** The AI takes back what it was saying. */
export const withoutDelta = (transcript: Transcript): Transcript =>
  transcript.provisional === null ? transcript : { ...transcript, provisional: null };

/** The AI works from here on, and until here. */
const BEGINS: ReadonlySet<string> = new Set(['conversation.turn_started', 'conversation.turn_resumed']);
const STOPS: ReadonlySet<string> = new Set([
  'conversation.turn_completed',
  'conversation.turn_paused',
  'conversation.assigned',
]);

/** These say something and move nothing. */
const SAYING: ReadonlySet<string> = new Set([
  'conversation.message_received',
  'conversation.human_message_sent',
  'conversation.whispered',
  'conversation.notice_sent',
]);

const itemsOf = (event: LogEvent): readonly Item[] => {
  const key = `v${event.version}`;
  const at = event.occurred_at;
  const said = (speaker: Speaker, content: string, agentId: string | null = null): SaidItem => ({
    kind: 'said',
    key,
    speaker,
    agentId,
    content,
    at,
  });
  const mark = (name: MarkName, more: Partial<MarkItem> = {}): MarkItem => ({
    kind: 'mark',
    key,
    name,
    agentId: null,
    reason: null,
    cause: null,
    note: null,
    rating: null,
    at,
    ...more,
  });
  switch (event.type) {
    case 'conversation.message_received':
      return [said('customer', text(event, 'content'))];
    case 'conversation.human_message_sent':
      return [said('agent', text(event, 'content'), text(event, 'agent_id'))];
    case 'conversation.turn_completed':
      return aiSaid(event, said, mark);
    case 'conversation.whispered':
      return [{ kind: 'whisper', key, from: text(event, 'from'), content: text(event, 'message'), at }];
    case 'conversation.handed_over':
      return [mark('handed_over', { reason: orNull(event, 'reason'), note: orNull(event, 'note') })];
    case 'conversation.assigned':
      return [mark('assigned', { agentId: orNull(event, 'agent_id') })];
    case 'conversation.released':
      return [
        mark('released', {
          agentId: orNull(event, 'agent_id'),
          cause: orNull(event, 'cause'),
          note: orNull(event, 'note'),
        }),
      ];
    case 'conversation.transferred':
      return [mark('transferred', { agentId: orNull(event, 'from_agent_id'), note: orNull(event, 'note') })];
    case 'conversation.resolved':
      return [mark('resolved', { agentId: orNull(event, 'agent_id'), note: orNull(event, 'resolution') })];
    case 'conversation.returned_to_ai':
      return [
        mark('returned_to_ai', { agentId: orNull(event, 'agent_id'), note: orNull(event, 'guidance') }),
      ];
    case 'conversation.handover_cancelled':
      return [mark('handover_cancelled', { cause: orNull(event, 'cause') })];
    case 'conversation.callback_cancelled':
      return [mark('callback_cancelled')];
    case 'conversation.notice_sent':
      return [mark('notice', { note: orNull(event, 'content') })];
    case 'conversation.feedback_recorded': {
      const { rating } = event.data;
      return [
        mark('feedback_recorded', {
          rating: typeof rating === 'number' ? rating : null,
          note: orNull(event, 'comment'),
        }),
      ];
    }
    case 'conversation.erased':
      return [mark('erased')];
    default:
      return [];
  }
};

/** A turn of the AI's: its reply, or that it failed. One whose words were erased has a text for its reply. */
const aiSaid = (
  event: LogEvent,
  said: (speaker: Speaker, content: string) => SaidItem,
  mark: (name: MarkName) => MarkItem,
): readonly Item[] => {
  const { reply, status } = event.data;
  if (typeof reply === 'string') return [said('ai', reply)];
  if (typeof reply === 'object' && reply !== null && 'content' in reply) {
    return [said('ai', String(reply.content))];
  }
  return status === 'FAILED' ? [mark('turn_failed')] : [];
};

const text = (event: LogEvent, field: string): string => orNull(event, field) ?? '';

const orNull = (event: LogEvent, field: string): string | null => {
  const value = event.data[field];
  return typeof value === 'string' ? value : null;
};
