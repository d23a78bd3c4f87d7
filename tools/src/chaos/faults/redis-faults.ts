import { Redis } from 'ioredis';

import type { ChaosSystem } from '../system.js';
import { type Fault, pause, within } from './fault.js';

const withRedis = async <T>(
  system: ChaosSystem,
  work: (redis: Redis) => Promise<T>,
): Promise<T | undefined> => {
  const redis = new Redis(system.redis.url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    return await work(redis);
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
};

export const redisFlushed: Fault = {
  kind: 'Redis flushed',
  plan: 'F-8',
  lane: 'surroundings',
  strike: async ({ system }) => {
    const keys = await withRedis(system, async (redis) => {
      // The moment with most leases of the next second.
      let most = 0;
      for (let look = 0; look < 20 && most === 0; look += 1) {
        most = await redis.dbsize();
        await pause(20);
      }
      await redis.flushall();
      return most;
    });
    return keys ? `${keys} keys` : undefined;
  },
};

export const redisKilled: Fault = {
  kind: 'Redis killed',
  plan: 'F-8',
  lane: 'surroundings',
  strike: async ({ system: { redis } }) => {
    const { pid } = redis;
    redis.kill('SIGKILL');
    return (await within(30_000, () => redis.running && redis.pid !== pid)) ? `${pid}` : undefined;
  },
};

export const redisFrozen: Fault = {
  kind: 'Redis frozen',
  plan: 'F-8',
  lane: 'surroundings',
  strike: async ({ system: { redis } }, random) => {
    const { pid } = redis;
    const ms = random.int(1_000, 4_000);
    redis.kill('SIGSTOP');
    await pause(ms);
    redis.kill('SIGCONT');
    return redis.pid === pid ? `${ms} ms` : undefined;
  },
};

export const redisAbsent: Fault = {
  kind: 'Redis absent',
  plan: 'F-8',
  lane: 'surroundings',
  strike: async ({ system }, random) => {
    const { redis } = system;
    const ms = random.int(2_000, 12_000);
    await system.down(redis);
    await pause(ms);
    const wasAway = !redis.running;
    await redis.ensureRunning();
    return wasAway ? `${ms} ms` : undefined;
  },
};
