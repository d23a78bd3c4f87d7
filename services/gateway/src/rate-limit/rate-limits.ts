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
  private readonly refusals;

  constructor(redis: RedisClient, metrics: Metrics, @Inject(CONFIG) config: GatewayConfig) {
    this.requests = new LayeredLimiter(redis, {
      name: 'requests',
      points: config.BATON_RATE_LIMIT_REQUESTS_PER_SECOND,
      seconds: 1,
    });
    this.messages = new LayeredLimiter(redis, {
      name: 'messages',
      points: config.BATON_RATE_LIMIT_MESSAGES_PER_10S,
      seconds: 10,
    });
    this.refusals = metrics.counter('baton_gateway_rate_limited_total', 'Requests refused as too fast', [
      'limit',
    ]);
  }

  /** @throws BatonError `too-many-requests` */
  admitRequest(principal: Principal, reply: FastifyReply): Promise<void> {
    return this.admit(this.requests, `${principal.tenantId}/${callerOf(principal)}`, reply);
  }

  /** @throws BatonError `too-many-requests` */
  admitMessage(tenantId: string, conversationId: string, reply: FastifyReply): Promise<void> {
    return this.admit(this.messages, `${tenantId}/${conversationId}`, reply);
  }

  private async admit(limiter: LayeredLimiter, key: string, reply: FastifyReply): Promise<void> {
    const consumption = await limiter.consume(key);
    tell(limiter, consumption, reply);
    if (consumption.isAllowed) return;
    const { name, points, seconds } = limiter.options;
    this.refusals.inc({ limit: name });
    throw new BatonError('too-many-requests', `More than ${points} ${name} in ${seconds} s`, {
      retryAfterMs: consumption.resetMs,
    });
  }
}

/** Each limit that counted this request is told, as one list. */
const tell = (limiter: LayeredLimiter, { remaining, resetMs }: Consumption, reply: FastifyReply): void => {
  const { name, points, seconds } = limiter.options;
  const policy = `"${name}";q=${points};w=${seconds}`;
  const limit = `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`;
  const [policies, limits] = [reply.getHeader('ratelimit-policy'), reply.getHeader('ratelimit')];
  void reply.header('ratelimit-policy', policies === undefined ? policy : `${String(policies)}, ${policy}`);
  void reply.header('ratelimit', limits === undefined ? limit : `${String(limits)}, ${limit}`);
};
