import { canonicalJson } from './call.js';

describe('the body that an idempotency key belongs to', () => {
  it('is the same however its fields are ordered', () => {
    expect(canonicalJson({ a: 1, b: { d: [1, { y: 1, x: 2 }], c: null } })).toBe(
      canonicalJson({ b: { c: null, d: [1, { x: 2, y: 1 }] }, a: 1 }),
    );
  });

  it('is another where a value is another, or a list is ordered otherwise', () => {
    expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [2, 1] }));
    expect(canonicalJson({ a: '1' })).not.toBe(canonicalJson({ a: 1 }));
    expect(canonicalJson(undefined)).toBe(canonicalJson(null));
  });
});
