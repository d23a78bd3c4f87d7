import type { IdKind } from '@baton/contracts';
import { v7 } from 'uuid';

import { randomPart } from './random.js';

/** Of the latest id: the next is greater, within one millisecond too. */
const latest = { msecs: 0, seq: 0 };

/** A new id: `<kind>_<uuidv7>`; ids of one process sort by when they were made. */
export const newId = (kind: IdKind): string => {
  const random = randomPart(16);
  const now = Date.now();
  if (now > latest.msecs) {
    latest.msecs = now;
    // From the lower half: there is room above for two thousand million more.
    latest.seq = random.readUInt32BE(6) >>> 1;
  } else {
    latest.seq += 1;
  }
  return `${kind}_${v7({ random, ...latest })}`;
};
