import { conceptsOf } from './concepts.js';
import { plainText, sentencesOf } from './markdown.js';
import { englishRarity } from './rarity.js';
import { contentWords, stem, wordsOf } from './words.js';

describe('a Markdown text', () => {
  it('is read as a person reads it', () => {
    expect(plainText('## Returns\n- **Free** from [Spain](http://x)\n- _Not_ from `Mars`')).toBe(
      'Returns\nFree from Spain\nNot from Mars',
    );
  });

  it('falls into sentences, list items and table rows', () => {
    const text =
      'We open at 9. On Mondays, e.g. holidays, we do not! Really?\n1. First step\n2. Second step\n| Plan | Price |\n| --- | --- |\n| Pro | 12 USD |';
    expect(sentencesOf(text)).toEqual([
      'We open at 9.',
      'On Mondays, e.g. holidays, we do not!',
      'Really?',
      'First step',
      'Second step',
      'Plan, Price',
      'Pro, 12 USD',
    ]);
  });

  it('keeps abbreviations and prices whole', () => {
    expect(sentencesOf('Ask Dr. Miller about the 1.90 m door. It costs 4.90 EUR.')).toHaveLength(2);
  });

  it('leaves out code and comments, and takes an opening sign alone for text', () => {
    expect(plainText('Before ```x = 1``` and <!-- not this --> after')).toBe('Before   and   after');
    expect(plainText('a <!-- b')).toBe('a <!-- b');
    expect(plainText('One\n|:--|--:|\n -- \nTwo - three')).toBe('One\n\n\nTwo - three');
  });

  // A pattern that is tried again from each place of a run never gets to the end of these.
  it.each([
    ['dashes', `${'-'.repeat(31_998)} x`],
    ['white space', `x${' '.repeat(31_998)}x`],
    ['dots', `${'.'.repeat(31_999)}x`],
    ['lines', `x${'\n'.repeat(31_998)}x`],
    ['brackets', `${'!['.repeat(15_999)}xx`],
    ['comments', `${'<!--'.repeat(7_999)}xxxx`],
    ['sentences', `${'ab. '.repeat(7_999)}xxxx`],
  ])('of the greatest length is read at once, be it all %s', (_name, text) => {
    expect(sentencesOf(text).at(-1)).toMatch(/x$/);
  });
});

describe('words', () => {
  it.each([
    ['returns', 'returned'],
    ['shipping', 'ships'],
    ['batteries', 'battery'],
    ['paid', 'pay'],
    ['cancelled', 'cancellation'],
    ['colour', 'color'],
    ['children', 'child'],
    ['charged', 'charges'],
    ['boxes', 'box'],
    ['saturdays', 'saturday'],
  ])('%s and %s are one', (a, b) => {
    expect(stem(a)).toBe(stem(b));
  });

  it.each([
    ['address', 'add'],
    ['business', 'busy'],
    ['wing', 'wine'],
    ['this', 'thi'],
  ])('%s and %s are two', (a, b) => {
    expect(stem(a)).not.toBe(stem(b));
  });

  it('join at hyphens and part at other signs', () => {
    expect(wordsOf('Wi-Fi/USB-C, 4.90 €!').map(({ stem: each }) => each)).toEqual([
      'wifi',
      'usbc',
      '4.90',
      '€',
    ]);
  });

  it('of a question are those that it is about', () => {
    expect(
      contentWords('Hi, could you please tell me how I can reset my password?').map(({ text }) => text),
    ).toEqual(['reset', 'password']);
  });

  it('say more the rarer they are', () => {
    const rarity = englishRarity();
    expect(rarity('bitcoin')).toBe(1);
    expect(rarity('1001')).toBe(1);
    expect(rarity('money')).toBeLessThan(rarity('poem'));
    expect(rarity('item')).toBeLessThan(0.3);
  });
});

describe('concepts', () => {
  const share = (a: string, b: string): boolean => {
    const ids = new Set(conceptsOf(a).map(({ id }) => id));
    return conceptsOf(b).some(({ id }) => ids.has(id));
  };

  it('join what customers and pages call by other names', () => {
    expect(share('I want my money back', 'Refunds')).toBe(true);
    expect(share('splash-proof', 'waterproof')).toBe(true);
    expect(share('log in', 'sign in')).toBe(true);
  });

  it('keep apart what is not the same', () => {
    expect(share('Bitcoin', 'PayPal')).toBe(false);
    expect(share('Australia', 'Norway')).toBe(false);
  });
});
