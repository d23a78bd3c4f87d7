import { keyedHash } from '@baton/service';

/** Equal for texts that a reader would call equal: Unicode form, case, white space and trailing punctuation aside. */
export const normaliseContent = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    // Behind a sign none is tried again: a run of them inside a text would cost the square of its length.
    .replace(/(?<![.!?…])[.!?…]+$/, '');

/** Keyed SHA-256 of the normalised text: says that two texts are equal, and nothing else. */
export const contentHash = (key: Buffer, text: string): string => keyedHash(key, normaliseContent(text));
