import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

import { BatonError, type RecordedEvent } from '@baton/contracts';
import { keyObjectOf, randomPart } from '@baton/service';

import { ERASED, isSealed, keyIdOf, keyIdsOf, type Sealed, seal, unseal } from './sealing.js';

/** Where data keys come from: the log's own table, or the orchestrator by request. */
export interface KeySource {
  /** The key, `erased` where it was destroyed, undefined where there never was one. */
  find(tenantId: string, keyId: string): Promise<Buffer | 'erased' | undefined>;
  /** True where this process may make keys (they are stored with the first append that uses them). */
  readonly createsKeys: boolean;
}

interface Entry {
  /** A key object: handing OpenSSL bytes each time costs three times the sealing. */
  readonly key: KeyObject | 'erased';
  readonly expiresAt: number;
  /** Not in the database yet: goes there with the next append. */
  unsaved: boolean;
}

/** A destroyed key is forgotten by every process within this time; design.md promises a minute. */
const CACHE_MS = 60_000;
const CACHE_ENTRIES = 20_000;

/** Data keys, one per conversation, cached for a minute; the one place that turns ciphertext into text. */
export class Keyring {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly source: KeySource,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** @throws BatonError `erased` where the key was destroyed */
  async keyForSealing(tenantId: string, keyId: string): Promise<KeyObject> {
    const entry = await this.entry(tenantId, keyId, this.source.createsKeys);
    if (entry?.key === 'erased') throw new BatonError('erased', 'This was erased');
    if (!entry) throw new BatonError('not-found', `There is no data key ${keyId}`);
    return entry.key;
  }

  /** The key to store with an append, where it is a new one. */
  unsavedKey(tenantId: string, keyId: string): Buffer | undefined {
    const entry = this.entries.get(`${tenantId}/${keyId}`);
    return entry?.unsaved && entry.key !== 'erased' ? entry.key.export() : undefined;
  }

  /** The key as the database has it: what another service may be told. */
  async stored(tenantId: string, keyId: string): Promise<Buffer | 'erased' | undefined> {
    const entry = await this.entry(tenantId, keyId, false);
    if (!entry?.unsaved) return shown(entry);
    // Made here and never known to be saved: its append may have been committed unheard, or another replica's key was.
    const found = await this.source.find(tenantId, keyId);
    return found === undefined ? undefined : shown(this.put(tenantId, keyId, found, false));
  }

  saved(tenantId: string, keyId: string): void {
    const entry = this.entries.get(`${tenantId}/${keyId}`);
    if (entry) entry.unsaved = false;
  }

  /** What a load found beside the events; saves the look-up. */
  prime(tenantId: string, keyId: string, key: Buffer | 'erased' | undefined): void {
    if (key !== undefined) this.put(tenantId, keyId, key, false);
    else if (this.source.createsKeys && !this.entries.has(`${tenantId}/${keyId}`))
      this.put(tenantId, keyId, randomBytes(32), true);
  }

  forget(tenantId: string, keyId: string): void {
    this.entries.delete(`${tenantId}/${keyId}`);
  }

  async seal(tenantId: string, keyId: string, value: unknown): Promise<Sealed> {
    return seal(value, tenantId, keyId, await this.keyForSealing(tenantId, keyId));
  }

  /**
   * The plain value, `[erased]` where its key was destroyed.
   * @throws BatonError `unavailable` where there is no such key: what can't be read now is not what was erased
   */
  async open(tenantId: string, value: unknown): Promise<unknown> {
    if (!isSealed(value)) return value;
    const entry = await this.entry(tenantId, keyIdOf(value), false);
    if (!entry) throw new BatonError('unavailable', `The data key ${keyIdOf(value)} is not to be had`);
    return entry.key === 'erased' ? ERASED : unseal(value, tenantId, entry.key);
  }

  /** The event with its personal fields in plain text, `[erased]` where the key was destroyed. */
  async openEvent<E extends Pick<RecordedEvent, 'tenant_id' | 'data'>>(event: E): Promise<E> {
    if (keyIdsOf(event).length === 0) return event;
    const data: Record<string, unknown> = { ...event.data };
    for (const [field, value] of Object.entries(event.data)) {
      if (isSealed(value)) data[field] = await this.open(event.tenant_id, value);
    }
    return { ...event, data };
  }

  private async entry(tenantId: string, keyId: string, create: boolean): Promise<Entry | undefined> {
    const id = `${tenantId}/${keyId}`;
    const cached = this.entries.get(id);
    if (cached && (cached.unsaved || cached.expiresAt > this.nowMs())) return cached;
    const found = await this.source.find(tenantId, keyId);
    if (found !== undefined) return this.put(tenantId, keyId, found, false);
    if (!create) return undefined;
    return this.entries.get(id)?.unsaved
      ? this.entries.get(id)
      : this.put(tenantId, keyId, randomBytes(32), true);
  }

  private put(tenantId: string, keyId: string, key: Buffer | 'erased', unsaved: boolean): Entry {
    if (this.entries.size >= CACHE_ENTRIES) {
      const oldest = this.entries.keys().next().value;
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    const entry: Entry = {
      key: key === 'erased' ? key : createSecretKey(key),
      unsaved,
      expiresAt: this.nowMs() + CACHE_MS,
    };
    this.entries.set(`${tenantId}/${keyId}`, entry);
    return entry;
  }
}

const shown = (entry: Entry | undefined): Buffer | 'erased' | undefined => {
  if (!entry) return undefined;
  return entry.key === 'erased' ? 'erased' : entry.key.export();
};

/** Wraps data keys for storage under a key-encryption key that never touches the database. */
export const wrapKey = (key: Buffer, kek: Buffer): string => {
  const iv = randomPart(12);
  const cipher = createCipheriv('aes-256-gcm', keyObjectOf(kek), iv);
  const body = Buffer.concat([cipher.update(key), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
};

export const unwrapKey = (wrapped: string, kek: Buffer): Buffer => {
  const bytes = Buffer.from(wrapped, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', keyObjectOf(kek), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
};
