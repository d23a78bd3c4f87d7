import type { Conversation, HumanAgent, Offer, Presence } from '../api/types.js';

/** A notification of the staff stream, as far as the desk looks into it. */
export interface Notice {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The offers that are open behind this notice. */
export const offersAfter = (
  offers: readonly Offer[],
  { type, data }: Notice,
  agentId: string,
): readonly Offer[] => {
  if (type === 'offer.created' && data['agent_id'] === agentId) {
    const offer = data as unknown as Offer;
    return [...offers.filter(({ offer_id }) => offer_id !== offer.offer_id), offer];
  }
  if (type === 'offer.withdrawn') return without(offers, (offer) => offer.offer_id === data['offer_id']);
  return offers;
};

/**
 * The conversations an agent is on behind this notice; `unknown` where one was added that is not known yet, so the list
 * must be read.
 */
export const mineAfter = (
  mine: readonly Conversation[],
  { type, data }: Notice,
  agentId: string,
): readonly Conversation[] | 'unknown' => {
  const isIt = ({ conversation_id }: Conversation): boolean => conversation_id === data['conversation_id'];
  switch (type) {
    case 'conversation.assigned':
      if (data['agent_id'] !== agentId) return without(mine, isIt);
      return mine.some(isIt) ? mine : 'unknown';
    case 'conversation.state':
      return data['state'] === 'HUMAN_ACTIVE' ? mine : without(mine, isIt);
    case 'conversation.message': {
      const moved = mine.find(isIt);
      if (!moved) return mine;
      const newest = { ...moved, updated_at: textOf(data['created_at']) || moved.updated_at };
      return [newest, ...mine.filter((each) => each !== moved)];
    }
    default:
      return mine;
  }
};

export const agentsAfter = (agents: readonly HumanAgent[], { type, data }: Notice): readonly HumanAgent[] =>
  type === 'presence.changed'
    ? agents.map((agent) =>
        agent.agent_id === data['agent_id'] ? { ...agent, status: data['status'] as Presence } : agent,
      )
    : agents;

/** What an agent has not read yet of a conversation, and its last words. */
export interface Glance {
  readonly unread: number;
  readonly last: string;
  readonly role: string;
}

export type Glances = ReadonlyMap<string, Glance>;

/** Lists show one line: no more of a message is kept. */
const LAST_LENGTH = 160;

export const glancesAfter = (glances: Glances, { type, data }: Notice, openId: string | null): Glances => {
  const id = data['conversation_id'];
  if (type !== 'conversation.message' || typeof id !== 'string' || data['whisper'] === true) return glances;
  const isRead = data['role'] !== 'user' || id === openId;
  const unread = data['role'] === 'user' ? (isRead ? 0 : (glances.get(id)?.unread ?? 0) + 1) : 0;
  const last = textOf(data['content']).slice(0, LAST_LENGTH);
  return new Map(glances).set(id, { unread, last, role: String(data['role']) });
};

export const glancesRead = (glances: Glances, id: string): Glances => {
  const glance = glances.get(id);
  return glance && glance.unread > 0 ? new Map(glances).set(id, { ...glance, unread: 0 }) : glances;
};

/** Only of conversations that are still listed: the rest would grow all day. */
export const glancesOf = (glances: Glances, listed: ReadonlySet<string>): Glances => {
  const kept = [...glances].filter(([id]) => listed.has(id));
  return kept.length === glances.size ? glances : new Map(kept);
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The very list where nothing is taken out, so that nothing is drawn again. */
const without = <T>(list: readonly T[], isOut: (each: T) => boolean): readonly T[] => {
  const left = list.filter((each) => !isOut(each));
  return left.length === list.length ? list : left;
};
