import { type RunningServer, startRedis, waitFor } from '@baton/testkit';
import { Redis } from 'ioredis';

import { LeaseLostError, Leases } from './lease.js';
import { Metrics } from './metrics.js';
import { RedisClient } from './redis.js';

const RESOURCE = 'conversation_lock:acme:conv_1';
const TTL_MS = 600;

describe('a lease', () => {
  let server: RunningServer;
  let inspector: Redis;
  const clients: RedisClient[] = [];

  /** One process's leases. */
  const openLeases = async (): Promise<{ leases: Leases; metrics: Metrics; redis: RedisClient }> => {
    const redis = new RedisClient(server.url, 'spec');
    clients.push(redis);
    await waitFor(() => redis.isReady, { what: 'Redis' });
    const metrics = new Metrics('spec');
    return { leases: new Leases(redis, metrics), metrics, redis };
  };
  const outcomes = async (metrics: Metrics): Promise<Record<string, number>> => {
    const { values } = await metrics.counter('baton_leases_total', '').get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels['outcome'], value]));
  };
  /** Work that goes on until it is told to end; `signal` is what the lease gave it. */
  const startWork = (leases: Leases) => {
    const work: { signal?: AbortSignal; end: () => void } = { end: () => undefined };
    const result = leases.with(RESOURCE, TTL_MS, (signal) => {
      work.signal = signal;
      return new Promise<string>((resolve) => (work.end = () => resolve('done')));
    });
    return { work, result, began: () => waitFor(() => work.signal, { what: 'the work to begin' }) };
  };

  beforeEach(async () => {
    server = await startRedis();
    inspector = new Redis(server.url);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    inspector.disconnect();
    await server.stop();
  });

  it('is held by one at a time, and by the next once it is released', async () => {
    const [one, other] = [await openLeases(), await openLeases()];
    const first = startWork(one.leases);
    await first.began();
    expect(await other.leases.with(RESOURCE, TTL_MS, () => Promise.resolve('never'))).toEqual({
      held: false,
    });
    first.work.end();
    expect(await first.result).toEqual({ held: true, value: 'done' });
    await waitFor(async () => (await inspector.exists(RESOURCE)) === 0, { what: 'the release' });
    expect(await other.leases.with(RESOURCE, TTL_MS, () => Promise.resolve('mine'))).toEqual({
      held: true,
      value: 'mine',
    });
    expect(await outcomes(other.metrics)).toEqual({ refused: 1, held: 1 });
  });

  it('does not keep others from other resources', async () => {
    const [one, other] = [await openLeases(), await openLeases()];
    const first = startWork(one.leases);
    await first.began();
    const elsewhere = await other.leases.with(`${RESOURCE}0`, TTL_MS, () => Promise.resolve(1));
    expect(elsewhere).toEqual({ held: true, value: 1 });
    first.work.end();
    await first.result;
  });

  it('is released when the work throws', async () => {
    const { leases } = await openLeases();
    await expect(leases.with(RESOURCE, TTL_MS, () => Promise.reject(new Error('oops')))).rejects.toThrow(
      'oops',
    );
    await waitFor(async () => (await inspector.exists(RESOURCE)) === 0, { what: 'the release' });
  });

  it('is renewed for as long as the work goes on', async () => {
    const [one, other] = [await openLeases(), await openLeases()];
    const first = startWork(one.leases);
    await first.began();
    const until = performance.now() + 3 * TTL_MS;
    await waitFor(
      async () => {
        expect(await other.leases.with(RESOURCE, TTL_MS, () => Promise.resolve(0))).toEqual({ held: false });
        return performance.now() > until;
      },
      { what: 'three times its TTL to pass' },
    );
    expect(first.work.signal?.aborted).toBe(false);
    first.work.end();
    await first.result;
  });

  it('ends by itself soon after its holder died', async () => {
    const [one, other] = [await openLeases(), await openLeases()];
    const first = startWork(one.leases);
    await first.began();
    one.redis.disconnect();
    const second = await waitFor(
      async () => {
        const result = await other.leases.with(RESOURCE, TTL_MS, () => Promise.resolve('mine'));
        return result.held && result;
      },
      { what: 'the lease to end', timeoutMs: 3 * TTL_MS },
    );
    expect(second).toEqual({ held: true, value: 'mine' });
    first.work.end();
    await first.result;
  });

  it('is lost, and the work told so, when Redis was flushed and another was faster', async () => {
    const [one, other] = [await openLeases(), await openLeases()];
    const first = startWork(one.leases);
    const signal = await first.began();
    await inspector.flushall();
    const second = startWork(other.leases);
    await second.began();
    await waitFor(() => signal.aborted, { what: 'the first to be told' });
    expect(signal.reason).toBeInstanceOf(LeaseLostError);
    expect(second.work.signal?.aborted).toBe(false);
    expect(await outcomes(one.metrics)).toEqual({ held: 1, lost: 1 });
    for (const { work, result } of [first, second]) {
      work.end();
      await result;
    }
  });

  it('is taken again when Redis was flushed and nobody was faster', async () => {
    const { leases } = await openLeases();
    const first = startWork(leases);
    const signal = await first.began();
    await inspector.flushall();
    await waitFor(async () => (await inspector.exists(RESOURCE)) === 1, { what: 'it to be taken again' });
    expect(signal.aborted).toBe(false);
    first.work.end();
    await first.result;
  });

  it('is done without, and counted, while Redis is away; the work goes on', async () => {
    const { leases, metrics, redis } = await openLeases();
    await server.stop();
    await waitFor(() => !redis.isReady, { what: 'the loss to be noticed' });
    expect(await leases.with(RESOURCE, TTL_MS, () => Promise.resolve('anyway'))).toEqual({
      held: true,
      value: 'anyway',
    });
    expect(await outcomes(metrics)).toEqual({ 'without-redis': 1 });
  });

  it('survives that Redis went away and came back under the work', async () => {
    const { leases, redis } = await openLeases();
    const first = startWork(leases);
    const signal = await first.began();
    server.kill('SIGKILL');
    await waitFor(() => !redis.isReady, { what: 'the loss to be noticed' });
    await server.ensureRunning();
    await waitFor(async () => (await inspector.exists(RESOURCE)) === 1, { what: 'it to be taken again' });
    expect(signal.aborted).toBe(false);
    first.work.end();
    expect(await first.result).toEqual({ held: true, value: 'done' });
  });

  it('holds nobody up for long while Redis is frozen', async () => {
    const { leases } = await openLeases();
    server.kill('SIGSTOP');
    const began = performance.now();
    for (let turn = 0; turn < 20; turn += 1) {
      expect(await leases.with(RESOURCE, TTL_MS, () => Promise.resolve(turn))).toMatchObject({ held: true });
    }
    expect(performance.now() - began).toBeLessThan(4_000);
    server.kill('SIGCONT');
  });
});
