import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

import { eventDefinition, type RecordedEvent } from '@baton/contracts';
import { randomPart } from '@baton/service';

/** What stands in the log for a personal field: ciphertext under the data key named before the dot. */
export interface Sealed {
  readonly $sealed: string;
}

/** What a reader gets for a field whose key was destroyed. */
export const ERASED = '[erased]';

const IV_BYTES = 12;
const TAG_BYTES = 16;

export const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Sealed).$sealed === 'string' &&
  Object.keys(value).length === 1;

export const keyIdOf = (sealed: Sealed): string => sealed.$sealed.slice(0, sealed.$sealed.lastIndexOf('.'));

/** AES-256-GCM; tenant and key id are authenticated, so a ciphertext can't be moved to another tenant. */
export const seal = (value: unknown, tenantId: string, keyId: string, key: KeyObject): Sealed => {
  const iv = randomPart(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(`${tenantId}/${keyId}`));
  const body = Buffer.concat([cipher.update(JSON.stringify(value ?? null), 'utf8'), cipher.final()]);
  return { $sealed: `${keyId}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}` };
};

/** @throws Error where the ciphertext was altered or the key is another's */
export const unseal = (sealed: Sealed, tenantId: string, key: KeyObject): unknown => {
  const bytes = Buffer.from(sealed.$sealed.slice(sealed.$sealed.lastIndexOf('.') + 1), 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
  decipher.setAAD(Buffer.from(`${tenantId}/${keyIdOf(sealed)}`));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
  return JSON.parse(Buffer.concat([body, decipher.final()]).toString('utf8')) as unknown;
};

/**
 * Seals the personal fields of an event's data; what holds nothing and what is sealed already pass through, so that
 * who reads an event that says nothing about anybody need not ask for its key.
 */
export const sealPersonal = (
  type: string,
  data: Record<string, unknown>,
  sealValue: (value: unknown) => Sealed,
): Record<string, unknown> => {
  const personal = eventDefinition(type)?.personal ?? [];
  if (personal.length === 0) return data;
  const sealed = { ...data };
  for (const field of personal) {
    const value = data[field];
    if (!holdsNothing(value) && !isSealed(value)) sealed[field] = sealValue(value);
  }
  return sealed;
};

const holdsNothing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

/** The data keys that an event's sealed fields need. */
export const keyIdsOf = (event: Pick<RecordedEvent, 'data'>): string[] => [
  ...new Set(Object.values(event.data).filter(isSealed).map(keyIdOf)),
];
