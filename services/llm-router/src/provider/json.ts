/** The value of a JSON text; undefined where it is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** Tool arguments: an empty text is an empty object, what is no JSON stays text and fails any schema. */
export const toolArguments = (text: string): unknown => (text.trim() === '' ? {} : (parseJson(text) ?? text));

/** A unit vector of the same direction. */
export const unitVector = (vector: readonly number[]): number[] => {
  const length = Math.hypot(...vector);
  return length === 0 ? [...vector] : vector.map((value) => value / length);
};
