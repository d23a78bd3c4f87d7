import { z } from 'zod';

/** How many characters a text has: Unicode code points, not the UTF-16 units of `length`. */
export const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** Whether a text has so many characters at most; counts only where it may have more. */
export const hasAtMost = (text: string, max: number): boolean =>
  text.length <= max || (text.length <= 2 * max && codePoints(text) <= max);

/** A text of so many characters at most, counted as {@link codePoints}. */
export const Characters = (max: number, min = 0) =>
  z
    .string()
    .refine((text) => text.length >= min && codePoints(text.slice(0, 2 * min)) >= min, {
      message: `must have at least ${min} characters`,
    })
    .refine((text) => hasAtMost(text, max), { message: `must have at most ${max} characters` })
    .meta({ ...(min > 0 && { minLength: min }), maxLength: max });
