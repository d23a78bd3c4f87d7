import { z } from 'zod';

import { Characters, codePoints, hasAtMost } from './text.js';

describe('the characters of a text', () => {
  it('are its code points', () => {
    expect([codePoints(''), codePoints('Grüße'), codePoints('👋👋')]).toEqual([0, 5, 2]);
    expect(hasAtMost('👋'.repeat(32_000), 32_000)).toBe(true);
    expect(hasAtMost(`${'👋'.repeat(31_999)}ab`, 32_000)).toBe(false);
    expect(hasAtMost('a'.repeat(32_001), 32_000)).toBe(false);
  });

  it('are limited by a schema, and said in its JSON Schema', () => {
    const schema = Characters(2, 2);
    expect(['👋👋', 'ab'].map((text) => schema.safeParse(text).success)).toEqual([true, true]);
    expect(['👋', 'abc', '👋👋👋', ''].map((text) => schema.safeParse(text).success)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(z.toJSONSchema(schema)).toMatchObject({ type: 'string', minLength: 2, maxLength: 2 });
  });
});
