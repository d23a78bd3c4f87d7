import { parsePrefer } from './prefer.js';
import { requestIdOf } from './request-ids.js';

describe('Prefer', () => {
  it.each([
    ['wait=10', { wait: 10, respondAsync: false }],
    ['wait="10"', { wait: 10, respondAsync: false }],
    ['respond-async, wait=100', { wait: 60, respondAsync: true }],
    ['Respond-Async', { wait: 0, respondAsync: true }],
    ['wait=5, wait=20', { wait: 5, respondAsync: false }],
    ['wait=5; foo=bar, handling=lenient', { wait: 5, respondAsync: false }],
    ['wait=soon', { wait: 0, respondAsync: false }],
    ['wait=-1', { wait: 0, respondAsync: false }],
    ['', { wait: 0, respondAsync: false }],
  ])('reads "%s"', (header, expected) => {
    expect(parsePrefer(header)).toEqual(expected);
  });

  it('reads a header that was sent twice as one list', () => {
    expect(parsePrefer(['respond-async', 'wait=3'])).toEqual({ wait: 3, respondAsync: true });
    expect(parsePrefer(undefined)).toEqual({ wait: 0, respondAsync: false });
  });
});

describe('request ids', () => {
  it('keeps the id a caller sent', () => {
    expect(requestIdOf('abc-1', () => 'made')).toBe('abc-1');
  });

  it.each([undefined, '', 'a b', 'x'.repeat(129), 'ä', ['a', 'b']])('makes one instead of %j', (header) => {
    expect(requestIdOf(header, () => 'made')).toBe('made');
  });
});
