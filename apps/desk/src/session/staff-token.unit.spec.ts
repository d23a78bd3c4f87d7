import { readStaffToken, tokenOfFragment } from './staff-token.js';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (typ: string, claims: unknown): string => `${part({ alg: 'HS256', typ })}.${part(claims)}.sig`;

describe('a staff token, as the desk reads it', () => {
  it('names its agent and its end', () => {
    expect(readStaffToken(token('baton-staff+jwt', { sub: 'ana', exp: 1_800_000_000 }))).toEqual({
      agentId: 'ana',
      expiresAtMs: 1_800_000_000_000,
    });
  });

  it('is told from every other text', () => {
    for (const text of [
      '',
      'dev-key',
      'a.b.c',
      'ä.ö.ü',
      token('baton-conversation+jwt', { sub: 'c', exp: 1 }),
      token('baton-staff+jwt', { sub: 1, exp: 1 }),
      token('baton-staff+jwt', { sub: 'ana' }),
    ]) {
      expect(readStaffToken(text)).toBeUndefined();
    }
  });

  it('is found in the fragment of a link, and nowhere else', () => {
    expect(tokenOfFragment('#token=abc.def.ghi')).toBe('abc.def.ghi');
    expect(tokenOfFragment('#/token=abc')).toBe('abc');
    expect(tokenOfFragment('#/c/token')).toBeUndefined();
    expect(tokenOfFragment('#token=')).toBeUndefined();
    expect(tokenOfFragment('')).toBeUndefined();
  });
});
