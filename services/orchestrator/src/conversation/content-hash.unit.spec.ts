import { normaliseContent } from './content-hash.js';

describe('what makes two texts equal', () => {
  it.each(['Thanks', ' thanks!', 'THANKS...', 'thanks?!…', 'Ｔhanks'])('%j says "thanks"', (text) => {
    expect(normaliseContent(text)).toBe('thanks');
  });

  it('is not the punctuation inside', () => {
    expect(normaliseContent('No. Thanks.')).toBe('no. thanks');
  });

  it('is found in a text of nothing but signs, as long as may be, without trying each of them', () => {
    const signs = '.'.repeat(31_999);
    expect(normaliseContent(`${signs}x`)).toBe(`${signs}x`);
    expect(normaliseContent(`x${signs}`)).toBe('x');
  });
});
