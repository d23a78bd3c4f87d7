import type { Snippet } from '../../preferences/preferences.js';

/** The `/word` that ends at the caret, if it begins a line or stands behind a space. */
export const snippetQuery = (text: string, caret: number): { from: number; word: string } | null => {
  const match = /(?:^|\s)\/([\w-]*)$/.exec(text.slice(0, caret));
  if (!match) return null;
  const word = match[1] ?? '';
  return { from: caret - word.length - 1, word };
};

/** Those whose name begins with the word come first; then those that have it anywhere. */
export const fittingSnippets = (snippets: readonly Snippet[], word: string): readonly Snippet[] => {
  const wanted = word.toLowerCase();
  const begins = snippets.filter(({ name }) => name.toLowerCase().startsWith(wanted));
  const holds = snippets.filter(
    (each) => !begins.includes(each) && `${each.name} ${each.text}`.toLowerCase().includes(wanted),
  );
  return [...begins, ...holds].slice(0, 8);
};
