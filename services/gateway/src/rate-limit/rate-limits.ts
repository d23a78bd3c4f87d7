import { BatonError } from '@baton/contracts';
import { CONFIG, Metrics, RedisClient } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { callerOf, type Principal } from '../auth/principal.js';
import type { GatewayConfig } from '../config.js';
import { type Consumption, LayeredLimiter } from './layered-limiter.js';

/** How fast a caller may go, and how it is told (draft-ietf-httpapi-ratelimit-headers). */
@Injectable()
export class RateLimits {
  private readonly requests: LayeredLimiter;
  private readonly messages: LayeredLimiter;
  private readonly tenants: LayeredLimiter;
  private readonly refusals;

  constructor(redis: RedisClient, metrics: Metrics, @Inject(CONFIG) config: GatewayConfig) {
    const withoutRedis = metrics.counter(
      'baton_rate_limit_without_redis_total',
      'Requests counted in this process alone, because Redis was away',
      ['limit'],
    );
    const limiter = (name: string, points: number, seconds: number): LayeredLimiter =>
      new LayeredLimiter(redis, {
        name,
        points,
        seconds,
        onLocal: () => withoutRedis.inc({ limit: name }),
      });
    this.requests = limiter('requests', config.BATON_RATE_LIMIT_REQUESTS_PER_SECOND, 1);
    this.messages = limiter('messages', config.BATON_RATE_LIMIT_MESSAGES_PER_10S, 10);
    this.tenants = limiter('tenant', config.BATON_RATE_LIMIT_TENANT_REQUESTS_PER_SECOND, 1);
    this.refusals = metrics.counter('baton_gateway_rate_limited_total', 'Requests refused as too fast', [
      'limit',
    ]);
  }

  /**
   * Counts for the caller and for its tenant, which has a limit above all its keys and tokens so that it leaves
   * something for others. What the caller's own limit refuses is not counted for the tenant.
   * @throws BatonError `too-many-requests`
   */
  async admitRequest(principal: Principal, reply: FastifyReply): Promise<void> {
    const { tenantId } = principal;
    await this.admit(this.requests, `${tenantId}/${callerOf(principal)}`, reply);
    const ofTenant = await this.tenants.consume(tenantId);
    if (!ofTenant.isAllowed) this.refuse(this.tenants, ofTenant, reply);
  }

  /** @throws BatonError `too-many-requests` */
  admitMessage(tenantId: string, conversationId: string, reply: FastifyReply): Promise<void> {
    return this.admit(this.messages, `${tenantId}/${conversationId}`, reply);
  }

  private async admit(limiter: LayeredLimiter, key: string, reply: FastifyReply): Promise<void> {
    const consumption = await limiter.consume(key);
    if (!consumption.isAllowed) this.refuse(limiter, consumption, reply);
    tell(limiter, consumption, reply);
  }

  private refuse(limiter: LayeredLimiter, consumption: Consumption, reply: FastifyReply): never {
    tell(limiter, consumption, reply);
    const { name, points, seconds } = limiter.options;
    this.refusals.inc({ limit: name });
    throw new BatonError('too-many-requests', `More than ${points} ${WORDS[name] ?? name} in ${seconds} s`, {
      retryAfterMs: consumption.resetMs,
    });
  }
}

const WORDS: Readonly<Record<string, string>> = { tenant: 'requests of this tenant' };

/** Each limit that counted this request is told, as one list. */
const tell = (limiter: LayeredLimiter, { remaining, resetMs }: Consumption, reply: FastifyReply): void => {
  const { name, points, seconds } = limiter.options;
  const policy = `"${name}";q=${points};w=${seconds}`;
  const limit = `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`;
  const [policies, limits] = [reply.getHeader('ratelimit-policy'), reply.getHeader('ratelimit')];
  void reply.header('ratelimit-policy', policies === undefined ? policy : `${String(policies)}, ${policy}`);
  void reply.header('ratelimit', limits === undefined ? limit : `${String(limits)}, ${limit}`);
};
