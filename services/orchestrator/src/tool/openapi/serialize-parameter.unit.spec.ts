import { inHeader, inPath, inQuery, type Parameter } from './serialize-parameter.js';

const parameter = (style: string, explode: boolean, more: Partial<Parameter> = {}): Parameter => ({
  name: 'color',
  argument: 'color',
  place: 'query',
  style,
  explode,
  allowReserved: false,
  ...more,
});
const ARRAY = ['blue', 'black', 'brown'];
const OBJECT = { R: 100, G: 200, B: 150 };
const query = (given: Parameter, value: unknown): string =>
  inQuery(given, value)
    .map(([name, text]) => `${name}=${text}`)
    .join('&');

/** The table of style examples in the OpenAPI specification. */
describe('a parameter is written as its style says', () => {
  it.each([
    ['simple', false, 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
    ['simple', true, 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
    ['label', false, '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
    ['label', true, '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
    ['matrix', false, ';color=blue', ';color=blue,black,brown', ';color=R,100,G,200,B,150'],
    ['matrix', true, ';color=blue', ';color=blue;color=black;color=brown', ';R=100;G=200;B=150'],
  ])('in the path: %s, explode %s', (style, explode, text, array, object) => {
    const given = parameter(style, explode, { place: 'path' });
    expect([inPath(given, 'blue'), inPath(given, ARRAY), inPath(given, OBJECT)]).toEqual([
      text,
      array,
      object,
    ]);
  });

  it.each([
    ['form', false, 'color=blue,black,brown', 'color=R,100,G,200,B,150'],
    ['form', true, 'color=blue&color=black&color=brown', 'R=100&G=200&B=150'],
    ['spaceDelimited', false, 'color=blue%20black%20brown', 'color=R%20100%20G%20200%20B%20150'],
    ['pipeDelimited', false, 'color=blue%7Cblack%7Cbrown', 'color=R%7C100%7CG%7C200%7CB%7C150'],
    ['deepObject', true, undefined, 'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150'],
  ])('in the query: %s, explode %s', (style, explode, array, object) => {
    const given = parameter(style, explode);
    if (array !== undefined) expect(query(given, ARRAY)).toBe(array);
    expect(query(given, OBJECT)).toBe(object);
    expect(query(given, 'blue')).toBe('color=blue');
  });

  it('in a header, and as JSON', () => {
    expect(inHeader(parameter('simple', false), OBJECT)).toBe('R,100,G,200,B,150');
    expect(inHeader(parameter('simple', true), OBJECT)).toBe('R=100,G=200,B=150');
    expect(query(parameter('json', false), OBJECT)).toBe(
      'color=%7B%22R%22%3A100%2C%22G%22%3A200%2C%22B%22%3A150%7D',
    );
  });

  it('and ends where its value ends, whatever the value is', () => {
    expect(query(parameter('form', true), 'a&admin=1#x')).toBe('color=a%26admin%3D1%23x');
    expect(query(parameter('form', true, { allowReserved: true }), '/a?b:c&d=e#f')).toBe(
      'color=/a?b:c%26d%3De%23f',
    );
    expect(inPath(parameter('simple', false, { place: 'path' }), '../admin?x=1')).toBe('..%2Fadmin%3Fx%3D1');
  });
});
