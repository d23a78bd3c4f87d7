import type { ConversationEvent, NoticeKind } from '@baton/contracts';

export interface NoticeFacts {
  readonly handover_id: string | null;
  readonly position?: number;
  readonly estimated_wait_seconds?: number;
  readonly estimated_wait_p90_seconds?: number;
  /** When people are there again, and where. */
  readonly opens_at?: string | null;
  readonly timezone?: string;
  /** Who goes on answering meanwhile. */
  readonly is_with_ai?: boolean;
}

/** What Baton itself tells the customer, as an event: the words are for plain front-ends, `kind` for those with their own. */
export const notice = (message_id: string, kind: NoticeKind, facts: NoticeFacts): ConversationEvent => {
  const { timezone: _timezone, is_with_ai: _isWithAi, ...told } = facts;
  return {
    type: 'conversation.notice_sent',
    data: { message_id, kind, content: words(kind, facts), ...told },
  };
};

const words = (kind: NoticeKind, facts: NoticeFacts): string => {
  switch (kind) {
    case 'waiting':
      return `Somebody from our team will be with you. ${placeAndWait(facts)}`;
    case 'nobody_available':
      return facts.is_with_ai
        ? 'Nobody from our team is available right now, so I will go on helping you as well as I can.'
        : `Nobody from our team is available right now. You can wait here: your place is kept. ${placeAndWait(facts)}`;
    case 'out_of_hours':
      return facts.is_with_ai
        ? `Our team is not there right now. ${opening(facts)} Until then I will help you as well as I can.`
        : `Our team is not there right now. ${opening(facts)} You can wait here: your place is kept.`;
    case 'callback_promised':
      return `Nobody from our team is available right now. ${opening(facts)} Somebody will write to you here as soon as they are back; until then you can go on with me.`;
    case 'wait_cancelled':
      return 'All right, no need to wait: you are with the assistant again. What can I do for you?';
    case 'abandoned':
      return 'You were away for a while, so we have closed your request for a person. Write to us again at any time.';
    case 'approval_pending':
      return 'Somebody from our team is looking at this before I go on. Your place is kept; you will hear from us here.';
    default:
      return kind satisfies never;
  }
};

const placeAndWait = ({
  position,
  estimated_wait_seconds,
  estimated_wait_p90_seconds,
}: NoticeFacts): string => {
  if (position === undefined || estimated_wait_seconds === undefined) return '';
  const longest =
    estimated_wait_p90_seconds !== undefined &&
    inMinutes(estimated_wait_p90_seconds) > inMinutes(estimated_wait_seconds)
      ? `, and rarely more than ${minutes(estimated_wait_p90_seconds)}`
      : '';
  return `You are number ${position} in the queue; it usually takes about ${minutes(estimated_wait_seconds)}${longest}.`;
};

const inMinutes = (seconds: number): number => Math.max(1, Math.round(seconds / 60));
const minutes = (seconds: number): string => {
  const count = inMinutes(seconds);
  return count === 1 ? 'a minute' : `${count} minutes`;
};

const opening = ({ opens_at, timezone = 'UTC' }: NoticeFacts): string => {
  if (!opens_at) return '';
  const at = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(opens_at));
  return `We are back on ${at} (${timezone}).`;
};
