import { BatonError } from '@baton/contracts';
import { open, seal, sealedBy, type SealingKey } from '@baton/service';

/** What the environment is to be told where there is no key. */
const NO_KEY =
  'BATON_TOKEN_KEYS is not set: without a key of its own this service seals no tokens, so nothing can be connected';

/** `<id>:<32 bytes in base64>`, comma-separated; the first seals, the others only open what they sealed. */
const ENTRY = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]{43}=?)$/;

/** Reads `BATON_TOKEN_KEYS`. @throws Error that names the entry by its place, never by its content */
export const parseTokenKeys = (text: string): SealingKey[] => {
  const keys = text.split(',').map((entry, index) => {
    const [, id, encoded] = ENTRY.exec(entry.trim()) ?? [];
    if (id === undefined || encoded === undefined)
      throw new Error(`entry ${index + 1} must be <id>:<32 bytes in base64>`);
    return { id, key: Buffer.from(encoded, 'base64') };
  });
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error('has an id twice');
  return keys;
};

/**
 * The keys that seal tokens, verifiers and client secrets at rest (AES-256-GCM). To change the key, put the new one in
 * front: what is used is sealed anew with it, and the old one may go when nothing names it any more.
 */
export class TokenKeyring {
  private readonly byId: ReadonlyMap<string, SealingKey>;

  constructor(private readonly keys: readonly SealingKey[]) {
    this.byId = new Map(keys.map((key) => [key.id, key]));
  }

  get isEmpty(): boolean {
    return this.keys.length === 0;
  }

  /** @throws BatonError `unavailable`, saying which variable is missing */
  requireKey(): void {
    if (this.isEmpty) throw new BatonError('unavailable', NO_KEY, { retryable: false });
  }

  /**
   * @param context whose it is: must be given again to open it, so that no row can be moved to another
   * @throws BatonError `unavailable` where there is no key
   */
  seal(value: unknown, context: string): string {
    this.requireKey();
    return seal(this.keys[0] as SealingKey, JSON.stringify(value), context);
  }

  /**
   * @throws BatonError `unavailable` where its key is not among ours: what was sealed is not lost, and the key can come back
   * @throws SealError where it was changed, or is another's
   */
  open<T>(sealed: string, context: string): T {
    const id = sealedBy(sealed);
    const key = this.byId.get(id);
    if (!key)
      throw new BatonError(
        'unavailable',
        `This was sealed with the key "${id}", which BATON_TOKEN_KEYS lacks`,
        {
          retryable: false,
        },
      );
    return JSON.parse(open(key, sealed, context)) as T;
  }

  /** Whether its key is among ours. */
  knows(sealed: string): boolean {
    return this.byId.has(sealedBy(sealed));
  }

  /** Whether it was sealed with an older key than the first. */
  isOutdated(sealed: string): boolean {
    return sealedBy(sealed) !== this.keys[0]?.id;
  }
}
