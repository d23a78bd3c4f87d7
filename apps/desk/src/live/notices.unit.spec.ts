import type { Conversation, HumanAgent, Offer } from '../api/types.js';
import {
  agentsAfter,
  type Glances,
  glancesAfter,
  glancesOf,
  glancesRead,
  mineAfter,
  offersAfter,
} from './notices.js';

const conversation = (conversation_id: string): Conversation =>
  ({ conversation_id, updated_at: '2026-11-22T10:00:00.000Z' }) as Conversation;
const offer = (offer_id: string): Offer => ({ offer_id }) as Offer;

describe('what a notice changes of the lists', () => {
  it('adds an offer once, and only the own; takes it away when it is withdrawn', () => {
    const created = { type: 'offer.created', data: { offer_id: 'o', agent_id: 'ana' } };
    const one = offersAfter([], created, 'ana');
    expect(one).toHaveLength(1);
    expect(offersAfter(one, created, 'ana')).toHaveLength(1);
    expect(offersAfter(one, created, 'sue')).toBe(one);
    const withdrawn = { type: 'offer.withdrawn', data: { offer_id: 'o' } };
    expect(offersAfter([offer('p'), ...one], withdrawn, 'ana')).toEqual([offer('p')]);
  });

  it('keeps exactly the conversations the agent is on, newest first', () => {
    const mine = [conversation('a'), conversation('b')];
    const of = (type: string, data: Record<string, unknown>): ReturnType<typeof mineAfter> =>
      mineAfter(mine, { type, data }, 'ana');
    expect(of('conversation.assigned', { conversation_id: 'c', agent_id: 'ana' })).toBe('unknown');
    expect(of('conversation.assigned', { conversation_id: 'a', agent_id: 'ana' })).toBe(mine);
    expect(of('conversation.assigned', { conversation_id: 'a', agent_id: 'sue' })).toEqual([mine[1]]);
    expect(of('conversation.state', { conversation_id: 'b', state: 'RESOLVED' })).toEqual([mine[0]]);
    expect(of('conversation.state', { conversation_id: 'b', state: 'HUMAN_ACTIVE' })).toBe(mine);
    const moved = of('conversation.message', {
      conversation_id: 'b',
      created_at: '2026-11-22T11:00:00.000Z',
    });
    expect((moved as Conversation[]).map((each) => each.conversation_id)).toEqual(['b', 'a']);
    expect(of('conversation.message', { conversation_id: 'z' })).toBe(mine);
  });

  it('shows a presence', () => {
    const agents = [{ agent_id: 'ana', status: 'ONLINE' }] as HumanAgent[];
    const away = { type: 'presence.changed', data: { agent_id: 'ana', status: 'AWAY' } };
    expect(agentsAfter(agents, away)[0]?.status).toBe('AWAY');
  });

  it('counts what was not read, keeps one line of it, and forgets what is listed no more', () => {
    const said = (role: string, content: string): { type: string; data: Record<string, unknown> } => ({
      type: 'conversation.message',
      data: { conversation_id: 'a', role, content },
    });
    let glances: Glances = new Map();
    glances = glancesAfter(glances, said('user', 'one'), null);
    glances = glancesAfter(glances, said('user', 'x'.repeat(500)), 'b');
    expect(glances.get('a')?.unread).toBe(2);
    expect(glances.get('a')?.last).toHaveLength(160);
    expect(glancesRead(glances, 'a').get('a')?.unread).toBe(0);
    expect(glancesAfter(glances, said('user', 'y'), 'a').get('a')?.unread).toBe(0);
    expect(glancesAfter(glances, said('human_agent', 'z'), null).get('a')?.unread).toBe(0);
    const whisper = { type: 'conversation.message', data: { conversation_id: 'a', whisper: true } };
    expect(glancesAfter(glances, whisper, null)).toBe(glances);
    expect(glancesOf(glances, new Set(['a']))).toBe(glances);
    expect(glancesOf(glances, new Set()).size).toBe(0);
  });
});
