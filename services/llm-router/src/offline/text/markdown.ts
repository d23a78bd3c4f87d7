/** Markdown without its signs: what a person reads. Links keep their text, tables become rows of words. */
export const plainText = (markdown: string): string =>
  markdown
    .replace(/```[\s\S]*?```/g, ' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/^\s*\|?[\s:|-]*-{2,}[\s:|-]*$/gm, '')
    .replace(/^\s{0,3}(#{1,6}|>)\s*/gm, '')
    .replace(/^\s*(?:[-*+]|\d{1,2}[.)])\s+/gm, '')
    .replace(/(\*\*|__|`)/g, '')
    .replace(/(^|[\s(])[*_]([^*_\n]+)[*_](?=$|[\s).,;:!?])/g, '$1$2');

/** An abbreviation's dot ends no sentence: "Dr. Miller", "e.g. this", "1.90 m", "J. Smith". */
const ABBREVIATION =
  /(?:\b(?:e\.g|i\.e|etc|ca|approx|no|nr|mr|mrs|ms|dr|st|vs|incl|excl|max|min|p\.m|a\.m)|\b[A-Z])\.$/i;

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
  for (const match of line.matchAll(/[.!?]+["')\]]*(?=\s+\S)/g)) {
    const end = match.index + match[0].length;
    const candidate = line.slice(start, end).trim();
    const next = line.slice(end).trimStart();
    if (ABBREVIATION.test(candidate) || /^\p{Ll}/u.test(next)) continue;
    sentences.push(candidate);
    start = end;
  }
  const rest = line.slice(start).trim();
  return rest === '' ? sentences : [...sentences, rest];
};
