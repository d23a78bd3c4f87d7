/** A piece of a template: text as it is, or the source of an expression that stood in `{{ }}`. */
export type TemplatePart =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'expression'; readonly source: string };

export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError';

  constructor(
    message: string,
    /** The template from where it went wrong. */
    readonly piece: string,
  ) {
    super(message);
  }
}

const OPEN = '{{';
const CLOSE = '}}';

/**
 * Splits a template. An expression ends at the first `}}` that is not inside one of its strings, quoted names,
 * comments, regular expressions or braces.
 * @throws TemplateSyntaxError where an expression does not end or is empty
 */
export const lexTemplate = (template: string): TemplatePart[] => {
  const parts: TemplatePart[] = [];
  let position = 0;
  while (position < template.length) {
    const open = template.indexOf(OPEN, position);
    const text = template.slice(position, open === -1 ? undefined : open);
    if (text !== '') parts.push({ kind: 'text', text });
    if (open === -1) break;
    const close = endOfExpression(template, open + OPEN.length);
    if (close === undefined)
      throw new TemplateSyntaxError(`{{ at character ${open + 1} is never closed`, template.slice(open));
    const source = template.slice(open + OPEN.length, close).trim();
    if (source === '')
      throw new TemplateSyntaxError(`{{ }} at character ${open + 1} is empty`, template.slice(open));
    parts.push({ kind: 'expression', source });
    position = close + CLOSE.length;
  }
  return parts;
};

const endOfExpression = (template: string, start: number): number | undefined => {
  let depth = 0;
  let operandBefore = false;
  for (let position = start; position < template.length; position += 1) {
    const char = template.charAt(position);
    if (char === '"' || char === "'" || char === '`') {
      position = endOfQuoted(template, position);
      operandBefore = true;
    } else if (template.startsWith('/*', position)) {
      const end = template.indexOf('*/', position + 2);
      if (end === -1) return undefined;
      position = end + 1;
    } else if (char === '/' && !operandBefore) {
      position = endOfRegex(template, position);
      operandBefore = true;
    } else if (char === '}' && depth === 0) {
      return template.charAt(position + 1) === '}' ? position : undefined;
    } else if (isWordChar(char)) {
      const end = endOfWord(template, position);
      operandBefore = !OPERATOR_WORDS.includes(template.slice(position, end));
      position = end - 1;
    } else if (!isSpace(char)) {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      operandBefore = char === ')' || char === ']' || char === '}';
    }
  }
  return undefined;
};

/** Words behind which an operand is due, so that `/` begins a regular expression and does not divide. */
const OPERATOR_WORDS: readonly string[] = ['and', 'or', 'in'];

/** Whatever is no operator, quote or space: JSONata takes letters of any script. */
const isWordChar = (char: string): boolean => /[^\s.[\]{}(),@#;:?+\-*/%|=<>^&!~'"`]/.test(char);
const isSpace = (char: string): boolean => /\s/.test(char);

const endOfWord = (template: string, start: number): number => {
  let end = start;
  while (end < template.length && isWordChar(template.charAt(end))) end += 1;
  return end;
};

/** Position of the closing quote; the end of the template where there is none. */
const endOfQuoted = (template: string, start: number): number => {
  const quote = template.charAt(start);
  for (let position = start + 1; position < template.length; position += 1) {
    const char = template.charAt(position);
    if (char === '\\' && quote !== '`') position += 1;
    else if (char === quote) return position;
  }
  return template.length;
};

/** Position of the closing slash; JSONata lets a slash stand unescaped inside brackets of any kind. */
const endOfRegex = (template: string, start: number): number => {
  let depth = 0;
  for (let position = start + 1; position < template.length; position += 1) {
    const char = template.charAt(position);
    if (char === '\\') position += 1;
    else if (char === '/' && depth === 0) return position;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
  }
  return template.length;
};
