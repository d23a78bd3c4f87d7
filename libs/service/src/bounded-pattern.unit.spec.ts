import { Ajv2020 } from 'ajv/dist/2020.js';

import { BoundedPattern, boundedRegExp } from './bounded-pattern.js';

const WITHOUT_END = '^(a+)+$';
const TEXT = `${'a'.repeat(60)}!`;

describe('a pattern out of a schema', () => {
  it('matches as it would alone', () => {
    const pattern = new BoundedPattern('^[a-zé]+ \\d{2,}$', 'u');
    expect(
      ['résumé of many words 12', 'résuméofmanywords 12', 'x 12', 'x 1'].map((text) => pattern.test(text)),
    ).toEqual([false, true, true, false]);
    expect(() => new BoundedPattern('(', 'u')).toThrow(SyntaxError);
  });

  it('ends where it would never, and once for a whole list', async () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, code: { regExp: boundedRegExp } });
    const check = ajv.compile({ type: 'array', items: { pattern: WITHOUT_END } });
    // 400 of them one behind the other would be minutes: then this test's own time is over.
    expect(check(Array.from({ length: 400 }, () => TEXT))).toBe(false);
    expect(check.errors).toHaveLength(400);
    await new Promise((resolve) => setImmediate(resolve));
    expect(check(['a'.repeat(60)])).toBe(true);
  }, 60_000);

  it('is not taken for another of the same schema', () => {
    const ajv = new Ajv2020({ strict: false, code: { regExp: boundedRegExp } });
    const check = ajv.compile({ properties: { a: { pattern: '^x+$' }, b: { pattern: '^y+$' } } });
    expect(check({ a: 'x'.repeat(20), b: 'y'.repeat(20) })).toBe(true);
    expect(check({ a: 'x'.repeat(20), b: 'x'.repeat(20) })).toBe(false);
  });
});
