import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';

import { randomPart } from './random.js';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'v1';

/** A key for one purpose, from the root secret: HKDF-SHA256 with the purpose as its label. */
export const deriveKey = (rootSecret: string | Buffer, label: string): Buffer =>
  Buffer.from(hkdfSync('sha256', rootSecret, '', label, KEY_BYTES));

const keyObjects = new WeakMap<Buffer, KeyObject>();

/** A key as OpenSSL has it: handed as bytes it is set up anew each time, at five times the price of the rest. */
export const keyObjectOf = (key: Buffer): KeyObject => {
  let object = keyObjects.get(key);
  if (!object) keyObjects.set(key, (object = createSecretKey(key)));
  return object;
};

/** HMAC-SHA256 in hex: what is stored of a token, so that the stored value opens nothing. */
export const keyedHash = (key: Buffer, text: string): string =>
  createHmac('sha256', keyObjectOf(key)).update(text, 'utf8').digest('hex');

/** Compares without telling by its duration where the two differ. */
export const sameSecret = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** A key that seals: its id is stored with what it sealed. */
export interface SealingKey {
  readonly id: string;
  readonly key: Buffer;
}

/** What was sealed cannot be opened: another key, or changed since. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** AES-256-GCM: `v1.<key id>.<base64url of nonce, ciphertext, tag>`. `context` must be given again to open it. */
export const seal = (key: SealingKey, plaintext: string | Buffer, context = ''): string => {
  const nonce = randomPart(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyObjectOf(key.key), nonce);
  cipher.setAAD(Buffer.from(`${key.id}\n${context}`));
  const body = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return `${FORMAT}.${Buffer.from(key.id).toString('base64url')}.${body.toString('base64url')}`;
};

/**
 * The id of the key that sealed it.
 * @throws SealError when it was not sealed by {@link seal}
 */
export const sealedBy = (sealed: string): string => parts(sealed).keyId;

/**
 * Opens what {@link seal} made.
 * @throws SealError when the key or the context is another, or a bit was changed
 */
export const openSealed = (key: SealingKey, sealed: string, context = ''): Buffer => {
  const { keyId, body } = parts(sealed);
  if (keyId !== key.id) throw new SealError(`Sealed with key ${keyId}, not ${key.id}`);
  const decipher = createDecipheriv('aes-256-gcm', keyObjectOf(key.key), body.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(`${key.id}\n${context}`));
  decipher.setAuthTag(body.subarray(body.length - TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(body.subarray(NONCE_BYTES, body.length - TAG_BYTES)),
      decipher.final(),
    ]);
  } catch (cause) {
    throw new SealError(`Key ${key.id} does not open it`, { cause });
  }
};

/** {@link openSealed} as text. */
export const open = (key: SealingKey, sealed: string, context = ''): string =>
  openSealed(key, sealed, context).toString('utf8');

const parts = (sealed: string): { keyId: string; body: Buffer } => {
  const [format, id, text, ...rest] = sealed.split('.');
  const body = Buffer.from(text ?? '', 'base64url');
  if (format !== FORMAT || !id || rest.length > 0 || body.length < NONCE_BYTES + TAG_BYTES) {
    throw new SealError('Not something that was sealed');
  }
  return { keyId: Buffer.from(id, 'base64url').toString('utf8'), body };
};
