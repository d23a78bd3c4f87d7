import { BatonError, Timestamp } from '@baton/contracts';

import { CALLER_TOKEN } from '../dto/caller-ids.js';
import type { AuditRecord } from './audit-entry.js';
import type { AuditPlace } from './audit.repository.js';

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

const badCursor = (): BatonError =>
  new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: 'cursor', message: 'must be the next_cursor of an earlier page' }],
  });

/** Where a list goes on: behind the last row of the page before. */
export const writePlace = ({ at, audit_id }: AuditRecord): string => encode(`${at} ${audit_id}`);

/** @throws BatonError `validation-failed` for what no page gave */
export const readPlace = (cursor: string | undefined): AuditPlace | undefined => {
  if (cursor === undefined) return undefined;
  const [at = '', auditId = '', ...rest] = decode(cursor).split(' ');
  const isOurs = Timestamp.safeParse(at).success && CALLER_TOKEN.test(auditId) && rest.length === 0;
  if (!isOurs || encode(`${at} ${auditId}`) !== cursor) throw badCursor();
  return { at, auditId };
};

export const writeSeq = (seq: number): string => encode(String(seq));

/** @throws BatonError `validation-failed` for what no page gave */
export const readSeq = (cursor: string | undefined): number => {
  if (cursor === undefined) return 0;
  const text = decode(cursor);
  if (!/^[1-9]\d{0,14}$/.test(text) || encode(text) !== cursor) throw badCursor();
  return Number(text);
};
