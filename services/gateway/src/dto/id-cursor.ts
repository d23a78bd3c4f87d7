import { BatonError } from '@baton/contracts';

import { CALLER_TOKEN } from './caller-ids.js';
import type { PageDto } from './page.dto.js';

export const DEFAULT_LIMIT = 50;

/** The cursor of a list in the order of its ids: the last id, as opaque text. */
export const readIdCursor = (cursor: string | undefined): string | undefined => {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (CALLER_TOKEN.test(id) && idCursor(id) === cursor) return id;
  throw new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: 'cursor', message: 'must be the next_cursor of an earlier page' }],
  });
};

const idCursor = (id: string): string => Buffer.from(id).toString('base64url');

/** A page from one row more than it holds, which says whether there is another. */
export const idPage = <Row, Item>(
  rows: readonly Row[],
  limit: number,
  idOf: (row: Row) => string,
  toItem: (row: Row) => Item,
): PageDto<Item> => {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    next_cursor: rows.length > limit && last !== undefined ? idCursor(idOf(last)) : null,
  };
};
