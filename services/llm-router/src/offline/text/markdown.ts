/**
 * Markdown without its signs: what a person reads. Links keep their text, tables become rows of words. Anybody's text comes
 * here, so every pattern takes time in proportion to its length: none is tried again from each place of a run.
 */
export const plainText = (markdown: string): string =>
  withoutSpans(withoutSpans(markdown, '```', '```'), '<!--', '-->')
    .replace(/!\[([^[\]]{0,500})\]\([^)]{0,2000}\)/g, '$1')
    .replace(/\[([^[\]]{1,500})\]\([^)]{0,2000}\)/g, '$1')
    .replace(/^(?:[:|-]|[^\S\n])+$/gm, (line) => (line.includes('--') ? '' : line))
    .replace(/^\s{0,3}(#{1,6}|>)\s*/gm, '')
    .replace(/^[^\S\n]*(?:[-*+]|\d{1,2}[.)])\s+/gm, '')
    .replace(/(\*\*|__|`)/g, '')
    .replace(/(^|[\s(])[*_]([^*_\n]+)[*_](?=$|[\s).,;:!?])/g, '$1$2');

/** Blanks what stands from an opening sign to the closing one; an opening one alone is text. */
const withoutSpans = (text: string, opening: string, closing: string): string => {
  const kept: string[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf(opening, from);
    const end = start < 0 ? -1 : text.indexOf(closing, start + opening.length);
    if (end < 0) return [...kept, text.slice(from)].join(' ');
    kept.push(text.slice(from, start));
    from = end + closing.length;
  }
};

/** An abbreviation's dot ends no sentence: "Dr. Miller", "e.g. this", "1.90 m", "J. Smith". */
const ABBREVIATION =
  /(?:\b(?:e\.g|i\.e|etc|ca|approx|no|nr|mr|mrs|ms|dr|st|vs|incl|excl|max|min|p\.m|a\.m)|\b[A-Z])\.$/i;

/** More than any of them, and the sign before it. */
const LONGEST_ABBREVIATION = 12;

/** The sentences of a Markdown text in their order; a list item, a table row or a heading is one of its own. */
export const sentencesOf = (markdown: string): string[] =>
  plainText(markdown)
    .split('\n')
    .flatMap((line) => splitLine(joinCells(line)))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));

const joinCells = (line: string): string =>
  line.includes('|')
    ? line
        .split('|')
        .map((cell) => cell.trim())
        .filter(Boolean)
        .join(', ')
    : line.trim();

const splitLine = (line: string): string[] => {
  const sentences: string[] = [];
  let start = 0;
  for (const match of line.matchAll(/(?<![.!?])[.!?]+["')\]]*(?=\s+\S)/g)) {
    const end = match.index + match[0].length;
    const candidate = line.slice(start, end).trim();
    const next = line.slice(end).trimStart();
    if (ABBREVIATION.test(candidate.slice(-LONGEST_ABBREVIATION)) || /^\p{Ll}/u.test(next)) continue;
    sentences.push(candidate);
    start = end;
  }
  const rest = line.slice(start).trim();
  return rest === '' ? sentences : [...sentences, rest];
};
