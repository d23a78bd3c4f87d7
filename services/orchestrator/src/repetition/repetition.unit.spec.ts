import {
  asksTheSame,
  type EarlierReply,
  echoes,
  isPleasantry,
  NEAR_SIMILARITY,
  nearCandidates,
  nearMatches,
  saidAgain,
} from './repetition.js';
import { sameFacts } from './text-likeness.js';

const earlier = (content: string, turn_number = 1, ...user_input_hashes: string[]): EarlierReply => ({
  turn_number,
  content,
  agent_response_hash: `hash of ${content}`,
  user_input_hashes,
});
const LONG = 'You can return any item within 30 days of delivery for a full refund.';

describe('an echo', () => {
  it('is a whole message of the customer said back, case and punctuation aside', () => {
    expect(echoes('where is my ORDER', ['Hello', 'Where is my order?'])).toBe(true);
    expect(echoes('Where is my order? It is on its way.', ['Where is my order?'])).toBe(false);
    expect(echoes('…', ['…'])).toBe(false);
  });
});

describe('a near repetition', () => {
  const candidates = (reply: string, ...before: string[]) =>
    nearCandidates(
      reply,
      before.map((content) => earlier(content)),
    ).map(({ content }) => content);

  it('is looked for where the texts are long enough to say something, and about as long', () => {
    expect(candidates(LONG, LONG.replace('any item', 'items'), 'Yes.', `${LONG} ${LONG} ${LONG}`)).toEqual([
      LONG.replace('any item', 'items'),
    ]);
    expect(candidates('Hello! How can I help you today?', 'Hello! How can I help you now?')).toEqual([]);
  });

  it('counts characters, not their code units', () => {
    const faces = '😀'.repeat(25);
    expect(candidates(faces, faces)).toEqual([]);
  });

  it('speaks of the same numbers and denies the same', () => {
    const order = (id: string) => `Your order ${id} left our warehouse this morning, it is on its way.`;
    expect(candidates(order('1001'), order('1002'))).toEqual([]);
    expect(candidates(LONG, LONG.replace('can', 'cannot'))).toEqual([]);
    expect(sameFacts("It isn't there.", 'It is not there!')).toBe(true);
    expect(sameFacts('It costs 20.00, on 2026-11-22.', 'On 2026-11-22 it costs 20.00')).toBe(true);
  });

  it('is what comes nearest, over the threshold', () => {
    const at = (similarity: number) => [similarity, Math.sqrt(1 - similarity ** 2)];
    const matches = nearMatches(
      [1, 0],
      [NEAR_SIMILARITY - 0.01, NEAR_SIMILARITY + 0.01, 0.99].map((similarity, index) => ({
        reply: earlier(LONG, index + 1),
        vector: at(similarity),
      })),
    );
    expect(matches.map(({ reply }) => reply.turn_number)).toEqual([3, 2]);
    expect(nearMatches([1, 0], [{ reply: earlier(LONG), vector: [] }])).toEqual([]);
  });
});

describe('who asks the same again', () => {
  it('says the very same messages', () => {
    expect(saidAgain(['a', 'b'], earlier(LONG, 1, 'a', 'b'))).toBe(true);
    expect(saidAgain(['a'], earlier(LONG, 1, 'a', 'b'))).toBe(false);
    expect(saidAgain([], earlier(LONG))).toBe(false);
  });

  it('or says nothing that asks for another answer', () => {
    for (const text of ['Hello!', 'ok, thank you very much', 'Danke :-)', '👍'])
      expect(isPleasantry(text)).toBe(true);
    for (const text of ['hello, where is it?', 'ok 1001', 'refund', 'no'])
      expect(isPleasantry(text)).toBe(false);
  });

  it('or says it in other words, of the same things', () => {
    const near = { vector: [1, 0] };
    expect(
      asksTheSame({ text: 'Where is order 1001?', ...near }, { text: 'Order 1001, where?', ...near }),
    ).toBe(true);
    expect(
      asksTheSame({ text: 'Where is order 1001?', ...near }, { text: 'Where is order 1002?', ...near }),
    ).toBe(false);
    expect(asksTheSame({ text: 'Where is it?', ...near }, { text: 'Who pays?', vector: [0.5, 0.87] })).toBe(
      false,
    );
  });
});
