import { isAllowedOrigin } from './origin.js';

describe('pages that may open a socket', () => {
  it.each([
    ['no browser', undefined, 'baton.example', []],
    ['its own page', 'https://baton.example', 'baton.example', []],
    ['its own page on a port', 'http://127.0.0.1:3000', '127.0.0.1:3000', []],
    ['its own page with the default port said', 'https://baton.example', 'baton.example:443', []],
    ['a page that is allowed', 'https://shop.example', 'baton.example', ['https://shop.example']],
  ])('are %s', (_what, origin, host, allowed) => {
    expect(isAllowedOrigin(origin, host, allowed)).toBe(true);
  });

  it.each([
    ['a foreign page', 'https://evil.example', 'baton.example', []],
    ['a page of nowhere', 'null', 'baton.example', []],
    ['a page on another port', 'http://127.0.0.1:4000', '127.0.0.1:3000', []],
    ['a page whose name only begins alike', 'https://baton.example.evil', 'baton.example', []],
    [
      'a page that is allowed only under https',
      'http://shop.example',
      'baton.example',
      ['https://shop.example'],
    ],
    ['anybody where no host was said', 'https://baton.example', undefined, []],
  ])('are not %s', (_what, origin, host, allowed) => {
    expect(isAllowedOrigin(origin, host, allowed)).toBe(false);
  });
});
