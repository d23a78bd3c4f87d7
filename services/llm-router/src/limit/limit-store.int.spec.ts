import { RedisClient } from '@baton/service';
import { type RunningServer, startRedis, waitFor } from '@baton/testkit';

import { metersOf } from './limit-rule.js';
import type { Entry, LimitStore } from './limit-store.js';
import { LocalLimitStore } from './local-limit-store.js';
import { RedisLimitStore } from './redis-limit-store.js';

describe.each(['Redis', 'this process'])('a limit that is counted in %s', (where) => {
  let server: RunningServer;
  let redis: RedisClient;
  let store: LimitStore;
  let number = 0;
  beforeAll(async () => {
    server = await startRedis();
    redis = new RedisClient(server.url, 'test');
    await waitFor(() => redis.isReady, { what: 'Redis' });
    store = where === 'Redis' ? new RedisLimitStore(redis) : new LocalLimitStore();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** A call of a model that no other test counts, unless it is named. */
  const entry = (rule: object, model: string, tokens = 10, leaseMs = 60_000): Entry => ({
    id: `call-${(number += 1)}`,
    meters: metersOf([{ ...rule, model }], 'acme', model),
    tokens,
    leaseMs,
  });

  it('takes just as many of many at once', async () => {
    const asked = Array.from({ length: 50 }, () => entry({ requests_per_minute: 20 }, 'm/requests'));
    const verdicts = await Promise.all(asked.map((each) => store.admit(each)));
    expect(verdicts.filter(({ admitted }) => admitted)).toHaveLength(20);
    const refused = verdicts.find(({ admitted }) => !admitted);
    expect(refused).toMatchObject({ admitted: false, meter: 0 });
    expect((refused as { waitMs: number }).waitMs).toBeGreaterThan(50_000);
  });

  it('counts tokens as they were used, and lets what is larger than a minute have one to itself', async () => {
    const rule = { tokens_per_minute: 100 };
    const large = entry(rule, 'm/tokens', 500);
    expect((await store.admit(large)).admitted).toBe(true);
    expect((await store.admit(entry(rule, 'm/tokens'))).admitted).toBe(false);
    await store.leave(large, 85);
    expect((await store.admit(entry(rule, 'm/tokens', 15))).admitted).toBe(true);
    expect((await store.admit(entry(rule, 'm/tokens', 1))).admitted).toBe(false);
  });

  it('gives a place back when a call leaves, or when its lease is over', async () => {
    const rule = { concurrency: 2 };
    const [one, two] = [entry(rule, 'm/places'), entry(rule, 'm/places', 10, 300)];
    await store.admit(one);
    await store.admit(two);
    expect((await store.admit(entry(rule, 'm/places'))).admitted).toBe(false);
    await store.leave(one, 10);
    expect((await store.admit(entry(rule, 'm/places'))).admitted).toBe(true);
    await waitFor(async () => (await store.admit(entry(rule, 'm/places'))).admitted, {
      what: 'the lease to end',
    });
  });

  it('counts a call nowhere that one of its rules refuses', async () => {
    const rules = [
      { tenant: 'acme', requests_per_minute: 5 },
      { model: 'm/both', requests_per_minute: 2 },
    ];
    const both = (): Entry => ({ ...entry({}, 'm/both'), meters: metersOf(rules, 'acme', 'm/both') });
    const other = (): Entry => ({ ...entry({}, 'm/other'), meters: metersOf(rules, 'acme', 'm/other') });
    const verdicts = [];
    for (let count = 0; count < 4; count += 1) verdicts.push((await store.admit(both())).admitted);
    expect(verdicts).toEqual([true, true, false, false]);
    for (let count = 0; count < 3; count += 1) expect((await store.admit(other())).admitted).toBe(true);
    expect(await store.admit(other())).toMatchObject({ admitted: false, meter: 0 });
  });
});

describe('the rules that count a call', () => {
  it('are those of its model and tenant, a tenant`s own apart from the others`', () => {
    const rules = [
      { requests_per_minute: 1 },
      { model: 'a/x', requests_per_minute: 1 },
      { tenant: '*', requests_per_minute: 1 },
      { tenant: 'acme', model: 'a/x', requests_per_minute: 1 },
    ];
    expect(metersOf(rules, 'acme', 'a/x')).toHaveLength(4);
    expect(metersOf(rules, 'other', 'a/y')).toHaveLength(2);
    const [all, , each] = metersOf(rules, 'acme', 'a/x').map(({ key }) => key);
    const others = metersOf(rules, 'other', 'a/x').map(({ key }) => key);
    expect(others[0]).toBe(all);
    expect(others[2]).not.toBe(each);
  });
});
