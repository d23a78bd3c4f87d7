import { randomBytes } from 'node:crypto';

import { BusClient } from '@baton/bus';
import { DEFAULT_TENANT, subjects } from '@baton/contracts';
import { CONFIG, deriveKey, keyedHash, type TenantQuery } from '@baton/service';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { type ApiKeyPrincipal, SCOPES } from '../auth/principal.js';
import { ShortCache } from '../auth/short-cache.js';
import type { GatewayConfig } from '../config.js';
import { ApiKeyRepository } from './api-key.repository.js';

/** A deletion is pushed to every replica; where the push is lost, this is what a deleted key still lives. */
const KEY_TTL_MS = 900;
const UNKNOWN_ENTRIES = 10_000;
const KNOWN_SECRETS = 1000;
const KEY_BYTES = 32;
/** The first key has an id of its own, so that a process started with another secret replaces it. */
export const FIRST_KEY_ID = 'key_first';

export interface NewKey {
  /** Shown once. */
  readonly secret: string;
  readonly hash: string;
}

/** What the process pushes to its replicas when a key is deleted. */
interface Revocation {
  readonly key_hash: string;
  readonly key_id: string;
}

/** Whose an API key is, remembered for less than a second. */
@Injectable()
export class ApiKeys implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('ApiKeys');
  private readonly hashKey: Buffer;
  private readonly cache: ShortCache<ApiKeyPrincipal | undefined>;
  /** Of keys that were good a moment ago: hashing one again costs more than all else of the look-up. */
  private readonly hashes = new Map<string, string>();
  private readonly onRevoked: ((keyId: string) => void)[] = [];
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly repository: ApiKeyRepository,
    private readonly bus: BusClient,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {
    this.hashKey = deriveKey(config.BATON_SECRET, 'gateway.api-keys');
    this.cache = new ShortCache({
      ttlMs: KEY_TTL_MS,
      maxEntries: UNKNOWN_ENTRIES,
      load: (hash) => this.repository.findByHash(hash),
    });
  }

  async onModuleInit(): Promise<void> {
    this.stopListening = this.bus.subscribe(subjects.apiKeyRevoked, (message) => {
      const { key_hash, key_id } = message as Revocation;
      this.cache.forget(key_hash);
      for (const listener of this.onRevoked) listener(key_id);
    });
    await this.repository.ensure(DEFAULT_TENANT, {
      keyId: FIRST_KEY_ID,
      name: 'First key (BATON_API_KEY)',
      hash: this.hash(this.config.BATON_API_KEY),
      scopes: SCOPES,
    });
    this.logger.log(`The first key of tenant "${DEFAULT_TENANT}" is in place`);
  }

  onApplicationShutdown(): void {
    this.stopListening();
  }

  find(secret: string): ApiKeyPrincipal | undefined | Promise<ApiKeyPrincipal | undefined> {
    const known = this.hashes.get(secret);
    return known === undefined ? this.findAnew(secret) : this.cache.get(known);
  }

  make(): NewKey {
    const secret = `baton_${randomBytes(KEY_BYTES).toString('base64url')}`;
    return { secret, hash: this.hash(secret) };
  }

  /**
   * Deletes it for this replica now, and for the others as fast as a message gets there.
   * @param alongside what is written in the same transaction
   */
  async delete(
    tenantId: string,
    keyId: string,
    alongside: (query: TenantQuery) => Promise<void>,
  ): Promise<boolean> {
    const hash = await this.repository.delete(tenantId, keyId, alongside);
    if (hash === undefined) return false;
    this.cache.forget(hash);
    this.bus.publish(subjects.apiKeyRevoked, { key_hash: hash, key_id: keyId } satisfies Revocation);
    return true;
  }

  /** Tells of each key that was deleted anywhere: what it opened must close. */
  whenRevoked(listener: (keyId: string) => void): void {
    this.onRevoked.push(listener);
  }

  private async findAnew(secret: string): Promise<ApiKeyPrincipal | undefined> {
    const hash = this.hash(secret);
    const principal = await this.cache.get(hash);
    if (principal) {
      if (this.hashes.size >= KNOWN_SECRETS) this.hashes.clear();
      this.hashes.set(secret, hash);
    }
    return principal;
  }

  private hash(secret: string): string {
    return keyedHash(this.hashKey, secret);
  }
}
