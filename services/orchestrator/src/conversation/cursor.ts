import { BatonError } from '@baton/contracts';

/** Opaque to callers: the sort key of the last item, as base64url JSON. */
export const encodeCursor = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/**
 * The parts of a cursor; none where there is no cursor.
 * @throws BatonError `validation-failed` for one that no list of ours made
 */
export const decodeCursor = (cursor: string | undefined, parts: number): readonly (string | undefined)[] => {
  if (cursor === undefined) return [];
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(decoded) &&
      decoded.length === parts &&
      decoded.every((part) => typeof part === 'string' && part.length <= 200) &&
      (parts === 1 || !Number.isNaN(Date.parse(decoded[0] as string)))
    )
      return decoded as string[];
  } catch {
    // Falls through to the one answer for every bad cursor.
  }
  throw new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
};
