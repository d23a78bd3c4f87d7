import { BatonError } from '@baton/contracts';
import { SERVICE_NAMES, type ServiceName } from '@baton/service';

/** How far a list of all services' letters has come: the last number shown of each service; none, where none was. */
export type LettersSeen = Readonly<Partial<Record<ServiceName, string>>>;

const NUMBER = /^\d{1,15}$/;

export const encodeSeen = (seen: LettersSeen): string =>
  Buffer.from(JSON.stringify(seen)).toString('base64url');

/** @throws BatonError `validation-failed` for what no list of ours made */
export const decodeSeen = (cursor: string | undefined): LettersSeen => {
  if (cursor === undefined) return {};
  try {
    const seen: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (isSeen(seen)) return seen;
  } catch {
    // Falls through to the one answer for every bad cursor.
  }
  throw new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: 'cursor', message: 'must be the next_cursor of an earlier page' }],
  });
};

const isSeen = (value: unknown): value is LettersSeen =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(
    ([service, number]) =>
      (SERVICE_NAMES as readonly string[]).includes(service) &&
      typeof number === 'string' &&
      NUMBER.test(number),
  );
