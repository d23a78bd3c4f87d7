import { BatonError, type Page } from '@baton/contracts';

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A sort key of an instant and an id, as opaque text. */
const encodeCursor = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/**
 * The parts of a cursor, the first an instant; undefined where there is none.
 * @throws BatonError `validation-failed` for one that none of our lists made
 */
export const decodeCursor = (cursor: string | undefined, parts: number): readonly string[] | undefined => {
  if (cursor === undefined) return undefined;
  const decoded = parse(cursor);
  const isOurs =
    Array.isArray(decoded) &&
    decoded.length === parts &&
    decoded.every((part) => typeof part === 'string' && !part.includes('\0')) &&
    !Number.isNaN(Date.parse(decoded[0] as string));
  if (isOurs) return decoded as string[];
  throw new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
};

const parse = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
  } catch {
    // Not JSON: no cursor of ours, like every other bad one.
    return undefined;
  }
};

/** One page from `limit + 1` rows: the one too many only says that there is more. */
export const pageOf = <T>(
  rows: readonly T[],
  limit: number,
  keyOf: (last: T) => readonly string[],
): Page<T> => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null };
};
