import type { EventView } from '@baton/contracts';

import type { Followed } from './follow-conversation.js';
import { readUiChat } from './ui-chat.request.js';
import { beginUiTurn, evolveUiTurn } from './ui-turn.js';

const event = (type: string, data: Record<string, unknown>): Followed => ({
  kind: 'event',
  event: {
    version: 1,
    type: `conversation.${type}`,
    data,
    actor: { type: 'service', id: 'x' },
    owner: 'ai',
    owner_epoch: 1,
    occurred_at: '2026-11-22T10:00:00.000Z',
  } satisfies EventView,
});
const delta = (content: string, turn_number = 2): Followed => ({ kind: 'delta', turn_number, content });
const completed = (content: string | null, turn_number = 2): Followed =>
  event('turn_completed', { turn_number, reply: content === null ? null : { content } });

const play = (...told: readonly Followed[]) => {
  let turn = beginUiTurn(2);
  const said: string[] = [];
  for (const each of told) {
    const step = evolveUiTurn(turn, each);
    turn = step.turn;
    for (const chunk of step.chunks)
      said.push(chunk.type === 'text-delta' ? `${chunk.id}:${chunk.delta}` : chunk.type);
  }
  return { turn, said };
};

describe("a turn as the UI's message", () => {
  it('is spoken as the words come, and ends with them where they were the message', () => {
    const { said, turn } = play(delta('Thirty '), delta('days.'), completed('Thirty days.'));
    expect(said).toEqual(['text-start', 'text-1:Thirty ', 'text-1:days.', 'text-end']);
    expect(turn.isOver).toBe(true);
  });

  it('takes back words that were withdrawn, and words that were not the message', () => {
    expect(play(delta('One'), { kind: 'delta.reset' }, delta('Two'), completed('Two')).said).toEqual([
      ...['text-start', 'text-1:One', 'reset-step', 'start-step'],
      ...['text-start', 'text-2:Two', 'text-end'],
    ]);
    expect(play(delta('ty days.'), completed('Thirty days.')).said).toEqual([
      ...['text-start', 'text-1:ty days.', 'reset-step', 'start-step'],
      ...['text-start', 'text-2:Thirty days.', 'text-end'],
    ]);
  });

  it('says a message whose words nobody heard', () => {
    expect(play(completed('Thirty days.')).said).toEqual(['text-start', 'text-1:Thirty days.', 'text-end']);
  });

  it('stands still while people decide, and goes on as the same turn', () => {
    const paused = [
      delta('I will '),
      event('turn_paused', { turn_number: 2 }),
      event('handed_over', { handover_id: 'ho_1', reason: 'approval' }),
    ];
    expect(play(...paused).turn).toMatchObject({
      isOver: true,
      isPaused: true,
      handover: { handoverId: 'ho_1', reason: 'approval' },
    });
    const resumed = play(...paused, event('turn_resumed', { turn_number: 2 }), completed('It is done.'));
    expect(resumed.turn).toMatchObject({
      isOver: true,
      isPaused: false,
      handover: null,
      text: 'It is done.',
    });
    expect(resumed.said.slice(-3)).toEqual(['text-start', 'text-2:It is done.', 'text-end']);
    expect(play(...paused, event('turn_resumed', { turn_number: 1 })).turn.isOver).toBe(true);
  });

  it('names the hand-over that came of it, before or behind its own end', () => {
    const handedOver = event('handed_over', { handover_id: 'ho_1', reason: 'failure' });
    for (const told of [
      [completed(null), handedOver],
      [delta('I '), handedOver],
    ]) {
      const { turn, said } = play(...told);
      expect(turn).toMatchObject({ isOver: true, handover: { handoverId: 'ho_1', reason: 'failure' } });
      expect(said).not.toContain('text-end');
    }
  });

  it('is quiet on what is of another turn, and on what says nothing', () => {
    const { said, turn } = play(delta('x', 1), completed('x', 1), event('turn_started', { turn_number: 2 }));
    expect(said).toEqual([]);
    expect(turn.isOver).toBe(false);
  });
});

describe('what useChat sends', () => {
  const user = (id: string, ...texts: string[]) => ({
    id,
    role: 'user',
    parts: texts.map((text) => ({ type: 'text', text })),
  });

  it('is the last message, and its id the turn', () => {
    const read = readUiChat({ id: 'c', messages: [user('a', 'Hello'), user('m1', 'How', 'long?')] });
    expect(read).toMatchObject({ chatId: 'c', turnId: 'm1', message: 'How\nlong?' });
    expect(readUiChat({ messages: [user('ä/ö', 'x')] }).turnId).toMatch(/^[0-9a-f]{64}$/);
  });

  it('asked again is another turn of the same words', () => {
    const assistant = { id: 'r', role: 'assistant', parts: [] };
    const body = { messages: [user('m1', 'Hello'), assistant], trigger: 'regenerate-message' };
    expect(readUiChat(body)).toMatchObject({ turnId: undefined, message: 'Hello' });
    expect(() => readUiChat({ ...body, trigger: 'submit-message' })).toThrow('not valid');
  });

  it.each([
    [{}],
    [null],
    [{ messages: [] }],
    [{ messages: [{ role: 'assistant', parts: [] }] }],
    [{ messages: [{ role: 'user', parts: [{ type: 'file', url: 'x' }] }] }],
    [{ messages: 'x' }],
  ])('is refused as %j', (body) => {
    expect(() => readUiChat(body)).toThrow('not valid');
  });
});
