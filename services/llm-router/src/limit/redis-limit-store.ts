import type { RedisClient } from '@baton/service';

import { BUSY_POLL_MS, type Entry, type LimitStore, type Verdict, WINDOW_MS } from './limit-store.js';

/** One slot for all keys: the script touches several, and a cluster wants them together. */
const PREFIX = '{baton-llm-limits}';

/**
 * All meters of a call are looked at and then counted in one script, so that no replica sees a count between the two:
 * limiters that are asked one after another would count calls that a later one refuses. Returns {0}, or which meter has
 * no room and for how long.
 */
const ADMIT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, tokens, lease, window, busy = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
for i = 1, #KEYS / 2 do
  local minute, places = KEYS[2 * i - 1], KEYS[2 * i]
  local requests, most, concurrency = tonumber(ARGV[3 * i + 3]), tonumber(ARGV[3 * i + 4]), tonumber(ARGV[3 * i + 5])
  local count = redis.call('HMGET', minute, 'requests', 'tokens')
  local used = tonumber(count[2] or '0') or 0
  if requests >= 0 and (tonumber(count[1] or '0') or 0) + 1 > requests then
    return {i, math.max(1, redis.call('PTTL', minute))}
  end
  if most >= 0 and used > 0 and used + tokens > most then return {i, math.max(1, redis.call('PTTL', minute))} end
  if concurrency >= 0 then
    redis.call('ZREMRANGEBYSCORE', places, '-inf', now)
    if redis.call('ZCARD', places) >= concurrency then return {i, busy} end
  end
end
for i = 1, #KEYS / 2 do
  local minute, places = KEYS[2 * i - 1], KEYS[2 * i]
  if redis.call('HINCRBY', minute, 'requests', 1) == 1 then redis.call('PEXPIRE', minute, window) end
  redis.call('HINCRBY', minute, 'tokens', tokens)
  if tonumber(ARGV[3 * i + 5]) >= 0 then
    redis.call('ZADD', places, now + lease, id)
    redis.call('PEXPIRE', places, lease)
  end
end
return {0}
`;

/** Gives the place back, and counts what was used in place of what was expected. */
const LEAVE = `
for i = 1, #KEYS / 2 do
  redis.call('ZREM', KEYS[2 * i], ARGV[1])
  if redis.call('EXISTS', KEYS[2 * i - 1]) == 1 then redis.call('HINCRBY', KEYS[2 * i - 1], 'tokens', ARGV[2]) end
end
return 0
`;

interface Commands {
  batonAdmit(keys: number, ...args: (string | number)[]): Promise<[number, number?]>;
  batonLeave(keys: number, ...args: (string | number)[]): Promise<number>;
}

/** Counts over all replicas, on Redis's clock. */
export class RedisLimitStore implements LimitStore {
  private readonly commands: Commands;

  constructor(redis: RedisClient) {
    redis.defineCommand('batonAdmit', { lua: ADMIT });
    redis.defineCommand('batonLeave', { lua: LEAVE });
    this.commands = redis as unknown as Commands;
  }

  /** @throws what Redis throws */
  async admit(entry: Entry): Promise<Verdict> {
    const keys = keysOf(entry);
    const limits = entry.meters.flatMap((meter) => [meter.requests, meter.tokens, meter.concurrency]);
    const [meter, waitMs] = await this.commands.batonAdmit(
      keys.length,
      ...keys,
      entry.id,
      Math.ceil(entry.tokens),
      Math.ceil(entry.leaseMs),
      WINDOW_MS,
      BUSY_POLL_MS,
      ...limits,
    );
    return meter === 0 ? { admitted: true } : { admitted: false, meter: meter - 1, waitMs: waitMs ?? 1 };
  }

  async leave(entry: Entry, usedTokens: number): Promise<void> {
    const keys = keysOf(entry);
    await this.commands.batonLeave(
      keys.length,
      ...keys,
      entry.id,
      Math.round(usedTokens - Math.ceil(entry.tokens)),
    );
  }
}

const keysOf = ({ meters }: Entry): string[] =>
  meters.flatMap(({ key }) => [`${PREFIX}:${key}:minute`, `${PREFIX}:${key}:places`]);
