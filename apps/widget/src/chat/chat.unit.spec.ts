import type { ConversationItem } from '@baton/client';

import { evolveChat } from './chat.evolve.js';
import { type ChatState, EMPTY_CHAT, isAnswering, isWithPerson } from './chat.state.js';
import { subjectOf } from './conversation-token.js';
import { KeptInputs } from './kept-input.js';

let version = 0;
const event = (type: string, data: Record<string, unknown> = {}): ConversationItem => ({
  kind: 'event',
  event: {
    version: (version += 1),
    type: `conversation.${type}`,
    data,
    actor: { type: 'customer', id: 'c' },
    owner: 'ai',
    owner_epoch: 1,
    occurred_at: '2026-11-22T10:00:00.000Z',
  },
});
const said = event('message_received', { message_id: 'm1', turn_id: 't1', content: 'Hello' });
const started = event('turn_started', { turn_number: 1, attempt: 1 });
const mark = { turn_number: 1, attempt: 1, owner_epoch: 1 };
const delta = (content: string): ConversationItem => ({ kind: 'delta', content, ...mark });
const completed = (content: string | null, sink = 'FINISH'): ConversationItem =>
  event('turn_completed', { sink, reply: content === null ? null : { message_id: 'm2', content } });
const handedOver = event('handed_over', { handover_id: 'ho_1', reason: 'explicit_request' });

const play = (...items: readonly ConversationItem[]): ChatState => items.reduce(evolveChat, EMPTY_CHAT);

describe('the chat', () => {
  it('shows words as they come, and the message in their place', () => {
    const speaking = play(event('started'), said, started, delta('Good '), delta('day'));
    expect(speaking).toMatchObject({ state: 'AI_PROCESSING', provisional: 'Good day' });
    expect(isAnswering(speaking)).toBe(true);
    const { messages, provisional, state, turnIds } = evolveChat(speaking, completed('Good day!'));
    expect({ provisional, state, turnIds: [...turnIds] }).toEqual({
      provisional: '',
      state: 'FINISHED',
      turnIds: ['t1'],
    });
    expect(messages.map(({ author, text }) => [author, text])).toEqual([
      ['you', 'Hello'],
      ['assistant', 'Good day!'],
    ]);
  });

  it('takes words back when they are withdrawn, begun anew, or a person takes over', () => {
    for (const withdrawal of [
      { kind: 'delta.reset', ...mark } as const,
      event('turn_restarted', { turn_number: 1, attempt: 2 }),
      handedOver,
      event('assigned', { handover_id: 'ho_1' }),
    ])
      expect(play(said, started, delta('Good '), withdrawal).provisional).toBe('');
  });

  it('knows who has the word, from hand-over to the end', () => {
    const waiting = play(said, started, completed(null, 'HANDOVER'), handedOver);
    expect(waiting).toMatchObject({ state: 'PENDING_HUMAN', handoverId: 'ho_1' });
    expect(isWithPerson(waiting)).toBe(true);
    const active = [
      event('assigned'),
      event('human_message_sent', { message_id: 'm3', content: 'Ana' }),
    ].reduce(evolveChat, waiting);
    expect(active).toMatchObject({ state: 'HUMAN_ACTIVE' });
    expect(active.messages.at(-1)).toMatchObject({ author: 'person', text: 'Ana' });
    expect(evolveChat(active, event('transferred')).state).toBe('PENDING_HUMAN');
    const ended = evolveChat(active, event('resolved'));
    expect(ended).toMatchObject({ state: 'RESOLVED', handoverId: null });
    const rated = evolveChat(ended, event('feedback_recorded', { rating: 5 }));
    expect(rated.rating).toBe(5);
    // Whoever goes on may rate the next end.
    expect(evolveChat(rated, started).rating).toBeNull();
    expect(evolveChat(waiting, event('handover_cancelled'))).toMatchObject({
      state: 'BACK_TO_AI',
      handoverId: null,
    });
  });

  it('shows who types on the other side, until they have said it', () => {
    const typing = (sender_type: 'user' | 'human_agent'): ConversationItem => ({
      kind: 'typing',
      sender_type,
      typing: true,
    });
    expect(play(typing('user')).isTyping).toBe(false);
    const chat = play(typing('human_agent'));
    expect(chat.isTyping).toBe(true);
    expect(evolveChat(chat, event('human_message_sent', { content: 'x' })).isTyping).toBe(false);
  });

  it('shows nothing of a conversation that was erased, and is quiet on what it does not know', () => {
    expect(play(said, event('erased'))).toEqual({ ...EMPTY_CHAT, isErased: true });
    const chat = play(said);
    expect(evolveChat(chat, event('something_new', { content: 'x' }))).toBe(chat);
  });
});

describe('what is kept of the input', () => {
  it('is what was typed and not taken, for its own conversation; without a store for the life of the page', () => {
    const kept = new KeptInputs();
    const input = { draft: 'Hel', pending: [{ turnId: 't', text: 'x' }] };
    kept.save('a', input);
    expect(kept.load('a')).toEqual(input);
    expect(kept.load('b')).toEqual({ draft: '', pending: [] });
    kept.save('a', { draft: '', pending: [] });
    expect(kept.load('a')).toEqual({ draft: '', pending: [] });
  });
});

describe('a conversation token', () => {
  it('says whose it is, and nothing where it is none', () => {
    const payload = Buffer.from(JSON.stringify({ sub: 'süß:1' })).toString('base64url');
    expect(subjectOf(`x.${payload}.y`)).toBe('süß:1');
    for (const none of ['', 'x', 'x.y.z', `x.${Buffer.from('[]').toString('base64url')}.y`])
      expect(subjectOf(none)).toBeUndefined();
  });
});
