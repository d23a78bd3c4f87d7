import { lexTemplate, TemplateSyntaxError } from './template-lexer.js';
import { compileText, expressionsOf, fillTemplate } from './template.js';

const sources = (text: string): string[] =>
  lexTemplate(text).flatMap((part) => (part.kind === 'expression' ? [part.source] : []));

describe('template lexer', () => {
  it.each([
    ['{{ a }}', ['a']],
    ['Hi {{ a.b }} and {{ c }}!', ['a.b', 'c']],
    ["{{ a & '}}' }}", ["a & '}}'"]],
    ['{{ a & "}} \\" }}" }}', ['a & "}} \\" }}"']],
    ['{{ `odd }} name`.x }}', ['`odd }} name`.x']],
    ['{{ {"a": {"b": 1}} }}', ['{"a": {"b": 1}}']],
    ['{{ a /* }} */ + 1 }}', ['a /* }} */ + 1']],
    ['{{ $match(a, /{{b}}/) }}', ['$match(a, /{{b}}/)']],
    ["{{ a / b }} {{ '/' }}", ['a / b', "'/'"]],
    ['{{ (a) / 2 }}/{{ b }}', ['(a) / 2', 'b']],
    ['{{ größe / 2 }} {{ x }}', ['größe / 2', 'x']],
    ['{ not } one', []],
    ['}} nor this', []],
  ])('finds the expressions of %s', (text, expected) => {
    expect(sources(text)).toEqual(expected);
  });

  it.each(['{{ a', '{{ a }', "{{ 'a }}", '{{ }}', 'x {{ {"a": 1} }', '{{ a /* }}'])('refuses %s', (text) => {
    expect(() => lexTemplate(text)).toThrow(TemplateSyntaxError);
  });
});

describe('template', () => {
  const fill = (text: string, ...values: unknown[]): unknown => fillTemplate(compileText(text), values);

  it('keeps the type of a value that is all there is', () => {
    expect(fill('{{ a }}', 42)).toBe(42);
    expect(fill(' {{ a }}\n', ['x'])).toEqual(['x']);
    expect(fill('{{ a }}', undefined)).toBeUndefined();
  });

  it('writes values into text: structures as JSON, nothing as nothing', () => {
    expect(fill('{{ a }}, {{ b }}, {{ c }}.', 1.5, { x: 1 }, null)).toBe('1.5, {"x":1}, .');
  });

  it('never reads a value as a template again', () => {
    expect(fill('Said: {{ a }}', '{{ secret }}')).toBe('Said: {{ secret }}');
  });

  it('has no expressions where it has no braces', () => {
    expect(expressionsOf(compileText('plain { text }'))).toEqual([]);
    expect(fill('plain')).toBe('plain');
  });
});
