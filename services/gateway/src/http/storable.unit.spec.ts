import { parseJsonBody, parseYamlBody } from './body-parser.js';
import { findUnstorable } from './storable.js';

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text));

describe('what a body may hold', () => {
  it('takes ordinary JSON as it is', () => {
    const value = { message: 'Grüße 👋', n: 1.5, list: [{ a: null }], constructor: 'Lego' };
    expect(parse(JSON.stringify(value))).toEqual(value);
  });

  it('takes an empty body for none', () => {
    expect(parse('')).toBeUndefined();
    expect(parse(' \n')).toBeUndefined();
  });

  it.each([
    ['a NUL character', '{"a": {"b": ["x\\u0000"]}}', 'a.b.0'],
    ['a NUL in a name', '{"a": {"x\\u0000": 1}}', 'a'],
    ['half a surrogate pair', '{"a": "\\ud800"}', 'a'],
    ['a number no double can hold', '{"a": 1e400}', 'a'],
    ['a prototype key', '{"a": {"__proto__": {"admin": true}}}', 'a.__proto__'],
    ['a constructor prototype', '{"constructor": {"prototype": {}}}', 'constructor'],
    ['endless nesting', `{"a": ${'['.repeat(100)}${']'.repeat(100)}}`, expect.stringMatching(/^a\.0/)],
  ])('refuses %s and says where', (_what, text, path) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'validation-failed', errors: [expect.objectContaining({ path })] }),
    );
  });

  it('refuses what is not JSON, and bytes that are not UTF-8', () => {
    expect(() => parse('{"a":')).toThrow(expect.objectContaining({ code: 'malformed-json' }));
    expect(() => parseJsonBody(Buffer.from([0x22, 0xff, 0x22]))).toThrow(
      expect.objectContaining({ code: 'malformed-json' }),
    );
  });

  it('reads the deepest JSON a body has room for without running out of stack', () => {
    const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    expect(() => parse(deep)).toThrow(expect.objectContaining({ code: 'validation-failed' }));
  });

  it('keeps YAML as text and holds it to the same characters', () => {
    expect(parseYamlBody(Buffer.from('name: demo')).text).toBe('name: demo');
    expect(() => parseYamlBody(Buffer.from('name: \0'))).toThrow(
      expect.objectContaining({ code: 'validation-failed' }),
    );
  });

  it('never quotes back a name that cannot be stored', () => {
    expect(findUnstorable({ 'x\u0000': { '\ud800': 1 } })?.path).toBe('$');
  });
});
