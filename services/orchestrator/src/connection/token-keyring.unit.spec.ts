import { randomBytes } from 'node:crypto';

import { parseTokenKeys, TokenKeyring } from './token-keyring.js';

const entry = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;

describe('the keys of tokens', () => {
  it('are read with their ids, base64 or base64url', () => {
    const bytes = randomBytes(32);
    const [a, b] = parseTokenKeys(`a:${bytes.toString('base64')}, b:${bytes.toString('base64url')}`);
    expect([a?.id, b?.id]).toEqual(['a', 'b']);
    expect(a?.key.equals(b?.key as Buffer)).toBe(true);
  });

  it.each([
    '',
    'nokey',
    'a:short',
    `a:${randomBytes(31).toString('base64')}`,
    `:${randomBytes(32).toString('base64')}`,
  ])('are refused without being repeated: %p', (text) => {
    expect(() => parseTokenKeys(text)).toThrow(/^entry 1 must be <id>:<32 bytes in base64>$/);
  });

  it('are refused with an id twice', () => {
    expect(() => parseTokenKeys(`${entry('a')},${entry('a')}`)).toThrow('has an id twice');
  });

  it('seal with the first and open with any; another context, tenant or key opens nothing', () => {
    const [old, young] = [entry('old'), entry('young')];
    const before = new TokenKeyring(parseTokenKeys(old));
    const sealed = before.seal({ access_token: 'canary' }, 'tenant/conn_1');
    expect(sealed).not.toContain('canary');
    const after = new TokenKeyring(parseTokenKeys(`${young},${old}`));
    expect(after.open(sealed, 'tenant/conn_1')).toEqual({ access_token: 'canary' });
    expect([before.isOutdated(sealed), after.isOutdated(sealed)]).toEqual([false, true]);
    expect(after.isOutdated(after.seal({}, 'x'))).toBe(false);
    expect(() => after.open(sealed, 'other/conn_1')).toThrow(expect.objectContaining({ name: 'SealError' }));
    const without = new TokenKeyring(parseTokenKeys(young));
    expect(() => without.open(sealed, 'tenant/conn_1')).toThrow(
      expect.objectContaining({ code: 'unavailable', message: expect.stringContaining('"old"') as unknown }),
    );
  });

  it('that are none seal nothing, and say which variable is missing', () => {
    expect(() => new TokenKeyring([]).seal('x', 'y')).toThrow(
      expect.objectContaining({
        code: 'unavailable',
        message: expect.stringContaining('BATON_TOKEN_KEYS is not set') as unknown,
      }),
    );
  });
});
