import { Redis } from 'ioredis';

import type { Surroundings } from '../surroundings.js';
import { type Check, failed, type Finding, ok, warning } from './check.js';

const SLOW_MS = 50;
const PINGS = 5;

/** An accelerator: without it Baton is slower and never wrong. */
export const redisChecks = (around: Surroundings): Check[] => [
  {
    area: 'Redis',
    name: 'reachable',
    look: () => look(around.redisUrl()),
  },
];

const look = async (url: string): Promise<Finding> => {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 15_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Told by the call that fails.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const took: number[] = [];
    for (let ping = 0; ping < PINGS; ping += 1) {
      const from = performance.now();
      await redis.ping();
      took.push(performance.now() - from);
    }
    const median = took.sort((a, b) => a - b)[Math.floor(PINGS / 2)] ?? 0;
    const info = await redis.info();
    const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1] ?? '';
    const said = `version ${/redis_version:(\S+)/.exec(info)?.[1] ?? '?'}, ${median.toFixed(1)} ms away; that it keeps nothing on disk is no matter`;
    if (median > SLOW_MS) return warning(said, 'bring it nearer: every lease and limit asks it');
    return ok(policy === '' ? said : `${said}, ${policy}`);
  } catch (error) {
    return failed(
      `it does not answer (${(error as Error).message}); Baton works on, slower`,
      'look at REDIS_URL, and whether the server runs',
    );
  } finally {
    redis.disconnect();
  }
};
