import { HOSTILE_STRINGS } from '@baton/testkit';

import { piecesOf } from './links.js';
import { fill } from './strings.js';

describe('the addresses in a text', () => {
  const links = (text: string): (string | undefined)[] =>
    piecesOf(text)
      .map(({ href }) => href)
      .filter((href) => href !== undefined);

  it('are those of the web, without what ends the sentence', () => {
    expect(piecesOf('See https://shop.example/a?b=c. Or (http://x.example)!')).toEqual([
      { text: 'See ' },
      { text: 'https://shop.example/a?b=c', href: 'https://shop.example/a?b=c' },
      { text: '. Or (' },
      { text: 'http://x.example', href: 'http://x.example/' },
      { text: ')!' },
    ]);
  });

  it('never run anything, nor look like another', () => {
    const texts = [
      'javascript:alert(1)',
      'data:text/html,x',
      'https://bank.example@evil.example/',
      'https://',
    ];
    for (const text of texts) expect(links(text)).toEqual([]);
  });

  it('change nothing of the text, whatever it is', () => {
    for (const text of HOSTILE_STRINGS) {
      expect(
        piecesOf(text)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text);
      for (const href of links(text)) expect(href).toMatch(/^https?:\/\//);
    }
  });
});

describe('a string with places', () => {
  it('is filled with the values that it names, and leaves the others', () => {
    expect(fill('Number {position} of {all}', { position: 3 })).toBe('Number 3 of {all}');
    expect(fill('{constructor}', {})).toBe('{constructor}');
  });
});
