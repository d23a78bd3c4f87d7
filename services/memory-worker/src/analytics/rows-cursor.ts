import { BatonError } from '@baton/contracts';
import { z } from 'zod';

import type { RowsQuery } from './analytics-rows.repository.js';

type Place = NonNullable<RowsQuery['after']>;

const Place = z.object({ startedAt: z.iso.datetime({ precision: 3 }), conversationId: z.string().min(1) });

/** Opaque to whoever asks for the next page. */
export const encodePlace = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** @throws BatonError `validation-failed` where it is none that was given */
export const decodePlace = (cursor: string): Place => {
  try {
    return Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new BatonError('validation-failed', 'The question is not valid', {
      errors: [{ path: 'after', message: 'is not a cursor of this list' }],
    });
  }
};
