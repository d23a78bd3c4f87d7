import type { Consultation, ConsultationMessage } from './consultation-api.js';

/** What the socket says. */
export type Heard =
  | ({ readonly type: 'message' } & ConsultationMessage)
  | { readonly type: 'delta'; readonly message_id: string; readonly content: string }
  /** What was shown of this message so far is not what it says. */
  | { readonly type: 'delta.reset'; readonly message_id: string }
  | { readonly type: 'ended'; readonly outcome: Consultation['status'] }
  | { readonly type: 'error'; readonly title?: string; readonly detail?: string };

/** What was said so far, and what the agent is saying right now. */
export interface History {
  readonly status: Consultation['status'];
  readonly agentName: string;
  readonly messages: readonly ConsultationMessage[];
  /** Words of messages that are not whole yet. */
  readonly speaking: ReadonlyMap<string, string>;
  /** Why the socket refused something. */
  readonly problem: string | null;
}

export const NO_HISTORY: History = {
  status: 'ACTIVE',
  agentName: '',
  messages: [],
  speaking: new Map(),
  problem: null,
};

/** Behind what was read anew: nothing is there twice, and what came meanwhile stays. */
export const withRead = (history: History, read: Consultation): History => ({
  ...read.messages.reduce(withMessage, history),
  status: read.status,
  agentName: read.agent_name,
});

/** Behind one more word of the socket. */
export const withHeard = (history: History, heard: Heard): History => {
  switch (heard.type) {
    case 'message':
      return withMessage(history, heard);
    case 'delta': {
      if (history.messages.some(({ message_id }) => message_id === heard.message_id)) return history;
      const before = history.speaking.get(heard.message_id) ?? '';
      const speaking = new Map(history.speaking).set(heard.message_id, before + heard.content);
      return { ...history, speaking };
    }
    case 'delta.reset':
      return { ...history, speaking: without(history.speaking, heard.message_id) };
    case 'ended':
      return { ...history, status: heard.outcome, speaking: new Map() };
    case 'error':
      return { ...history, problem: heard.detail ?? heard.title ?? '' };
    default:
      return history;
  }
};

/** The whole message takes the place of its first words; one that is known is only completed. */
export const withMessage = (history: History, message: ConsultationMessage): History => {
  const speaking = without(history.speaking, message.message_id);
  const known = history.messages.find(({ message_id }) => message_id === message.message_id);
  const messages = known
    ? history.messages.map((each) => (each === known ? { ...known, ...message } : each))
    : [...history.messages, message].toSorted(inOrder);
  return { ...history, messages, speaking, problem: null };
};

/** By place where both have one: several may be written in the same millisecond. */
const inOrder = (a: ConsultationMessage, b: ConsultationMessage): number =>
  a.position !== undefined && b.position !== undefined
    ? a.position - b.position
    : a.timestamp.localeCompare(b.timestamp);

const without = (speaking: History['speaking'], id: string): History['speaking'] =>
  new Map([...speaking].filter(([each]) => each !== id));
