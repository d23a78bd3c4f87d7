import fc from 'fast-check';

import { deriveKey, keyedHash, open, openSealed, sameSecret, seal, sealedBy, SealError } from './secrets.js';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const keyOf = (id: string, root = 'root secret') => ({ id, key: deriveKey(root, `seal/${id}`) });

describe('a sealed text', () => {
  it('opens to what it was, under the same key and context', () => {
    fc.assert(
      fc.property(text, text, text, (id, plaintext, context) => {
        const key = keyOf(`k${id}`);
        const sealed = seal(key, plaintext, context);
        expect(open(key, sealed, context)).toBe(plaintext);
        expect(sealedBy(sealed)).toBe(key.id);
      }),
    );
  });

  it('keeps bytes that are no text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const key = keyOf('1');
        expect(openSealed(key, seal(key, Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('opens for no other key, key id or context', () => {
    fc.assert(
      fc.property(text, text, text, (plaintext, one, other) => {
        fc.pre(one !== other);
        const sealed = seal(keyOf('1'), plaintext, one);
        expect(() => open(keyOf('1'), sealed, other)).toThrow(SealError);
        expect(() => open(keyOf('1', 'another root'), sealed, one)).toThrow(SealError);
        expect(() => open(keyOf('2'), sealed, one)).toThrow(SealError);
      }),
    );
  });

  it('opens no more once a bit of it was changed', () => {
    const key = keyOf('1');
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 0, max: 7 }), (plaintext, at, bit) => {
        const [format, id, body] = seal(key, plaintext).split('.') as [string, string, string];
        const bytes = Buffer.from(body, 'base64url');
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit);
        expect(() => open(key, `${format}.${id}.${bytes.toString('base64url')}`)).toThrow(SealError);
      }),
    );
  });

  it('is refused, never misread, when it was not sealed by us', () => {
    fc.assert(
      fc.property(text, (anything) => {
        expect(() => open(keyOf('1'), anything)).toThrow(SealError);
      }),
    );
  });

  it('is another each time: equal texts do not look equal', () => {
    expect(seal(keyOf('1'), 'same')).not.toBe(seal(keyOf('1'), 'same'));
  });
});

describe('a derived key', () => {
  it('is the same for the same use and another for another', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        fc.pre(one !== other);
        expect(deriveKey('root', one)).toEqual(deriveKey('root', one));
        expect(deriveKey('root', one)).not.toEqual(deriveKey('root', other));
        expect(deriveKey(`root${one}`, 'use')).not.toEqual(deriveKey(`root${other}`, 'use'));
      }),
    );
    expect(deriveKey('root', 'use')).toHaveLength(32);
  });
});

describe('a keyed hash', () => {
  // RFC 4231, test case 2.
  it('is HMAC-SHA256', () => {
    expect(keyedHash(Buffer.from('Jefe'), 'what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('is compared as a whole', () => {
    expect(sameSecret('abc', 'abc')).toBe(true);
    expect(sameSecret('abc', 'abd')).toBe(false);
    expect(sameSecret('abc', 'abcd')).toBe(false);
    expect(sameSecret('é', 'e')).toBe(false);
  });
});
