import type { IdKind } from '@baton/contracts';
import { v7 } from 'uuid';

/** A new id: `<kind>_<uuidv7>`; ids of one process sort by when they were made. */
export const newId = (kind: IdKind): string => `${kind}_${v7()}`;
