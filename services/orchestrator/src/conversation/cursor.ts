import { BatonError, type Page } from '@baton/contracts';

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
  throw badCursor();
};

/** A page from one row more than it holds, which says whether there is another. */
export const pageOf = <T>(rows: readonly T[], limit: number, cursorOf: (last: T) => string[]): Page<T> => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: rows.length > limit && last ? encodeCursor(cursorOf(last)) : null };
};

/** The version behind which a page of a log begins. */
export const versionCursor = (cursor: string | undefined): number => {
  const version = Number(cursor ?? 0);
  if (!Number.isSafeInteger(version) || version < 0 || version > 2_147_483_647) throw badCursor();
  return version;
};

const badCursor = (): BatonError =>
  new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
