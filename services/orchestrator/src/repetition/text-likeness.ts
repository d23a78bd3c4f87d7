/** Cosine of two unit vectors. */
export const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

/**
 * Whether two texts say the same of the same things, as far as words tell: the same numbers, names with digits and
 * amounts, and the same denials. Embeddings see little between order 1001 and 1002, or between "can" and "cannot".
 */
export const sameFacts = (a: string, b: string): boolean => {
  const [one, other] = [factsOf(a), factsOf(b)];
  return one.length === other.length && one.every((fact, index) => fact === other[index]);
};

/** Denials of the languages most written in; what is not among them is left to the embedding. */
const DENIALS = new Set(
  'not no never none cannot without nicht kein keine keinen nie ohne non pas jamais sans nunca sin ni niet geen'.split(
    ' ',
  ),
);

const factsOf = (text: string): readonly string[] =>
  [...new Set((text.normalize('NFKC').toLowerCase().match(WORD) ?? []).flatMap(factIn))].sort();

const WORD = /[\p{L}\p{N}][\p{L}\p{N}'’.,:/-]*/gu;

const factIn = (word: string): readonly string[] => {
  const bare = word.replace(/(?<![.,:/’'-])[.,:/’'-]+$/u, '');
  if (/\p{N}/u.test(bare)) return [bare];
  return DENIALS.has(bare) || /n['’]t$/u.test(bare) ? ['not'] : [];
};
