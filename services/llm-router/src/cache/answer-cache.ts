import { CONFIG, deriveKey, keyedHash, RedisClient } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import type { RouterConfig } from '../config.js';
import type { CallIdentity } from '../ledger/ledger-row.js';
import { type ResultKey, ResultSeal } from '../ledger/result-seal.js';
import { ModelSettings } from '../models-file/model-settings.js';

export interface CachedAnswer<T> {
  readonly model: string;
  readonly result: T;
}

/**
 * Answers by what was asked, for calls whose answer is always the same; per tenant, in Redis, under a keyed hash of the
 * question. An answer is sealed with the key of the conversation that it was first given in: once that is erased, nobody
 * reads it any more. Without Redis there is no cache.
 */
@Injectable()
export class AnswerCache {
  private readonly hashKey: Buffer;

  constructor(
    private readonly redis: RedisClient,
    private readonly seal: ResultSeal,
    private readonly settings: ModelSettings,
    @Inject(CONFIG) config: RouterConfig,
  ) {
    this.hashKey = deriveKey(config.BATON_SECRET, 'llm-router/cache/v1');
  }

  /** Whether chat answers at temperature 0 are kept. */
  get chat(): boolean {
    return this.settings.cache.chat;
  }

  get embeddings(): boolean {
    return this.settings.cache.embeddings;
  }

  async find<T>(
    { tenantId }: CallIdentity,
    question: string | undefined,
  ): Promise<CachedAnswer<T> | undefined> {
    if (question === undefined || !this.redis.isReady) return undefined;
    try {
      const stored = await this.redis.get(this.name(tenantId, question));
      return stored === null
        ? undefined
        : ((await this.seal.open(tenantId, JSON.parse(stored))) as CachedAnswer<T>);
    } catch {
      // Away, or erased: then the model is asked.
      return undefined;
    }
  }

  async keep(
    { tenantId }: CallIdentity,
    question: string | undefined,
    key: ResultKey,
    answer: CachedAnswer<unknown>,
  ): Promise<void> {
    if (question === undefined || !this.redis.isReady) return;
    const sealed = JSON.stringify(this.seal.seal({ tenant_id: tenantId }, key, answer));
    try {
      await this.redis.set(this.name(tenantId, question), sealed, 'EX', this.settings.cache.ttlSeconds);
    } catch {
      // What is not kept is asked again.
    }
  }

  private name(tenantId: string, question: string): string {
    return `baton:llm-cache:${tenantId}:${keyedHash(this.hashKey, `${tenantId}\n${question}`)}`;
  }
}
