import { ShortCache } from './short-cache.js';

const scripted = (options: { staleMs?: number } = {}) => {
  let now = 0;
  const loads: { key: string; resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  const cache = new ShortCache<string>({
    ttlMs: 1000,
    load: (key) => new Promise((resolve, reject) => loads.push({ key, resolve, reject })),
    nowMs: () => now,
    isAway: (error) => (error as Error).message === 'away',
    maxEntries: 2,
    ...options,
  });
  return { cache, loads, at: (ms: number) => (now = ms) };
};

describe('ShortCache', () => {
  it('asks once however many want to know, and again when the answer has aged', async () => {
    const { cache, loads, at } = scripted();
    const both = Promise.all([cache.get('a'), cache.get('a')]);
    expect(loads).toHaveLength(1);
    loads[0]?.resolve('one');
    expect(await both).toEqual(['one', 'one']);
    at(999);
    expect(cache.get('a')).toBe('one');
    at(1000);
    void cache.get('a');
    expect(loads).toHaveLength(2);
  });

  it('counts the age from when it asked, not from when it heard', async () => {
    const { cache, loads, at } = scripted();
    const first = cache.get('a');
    at(900);
    loads[0]?.resolve('one');
    await first;
    at(1000);
    void cache.get('a');
    expect(loads).toHaveLength(2);
  });

  it('does not keep an answer that was asked for before it was told to forget', async () => {
    const { cache, loads } = scripted();
    const first = cache.get('a');
    cache.forget('a');
    loads[0]?.resolve('old');
    expect(await first).toBe('old');
    void cache.get('a');
    expect(loads).toHaveLength(2);
  });

  it('serves the last answer for a while when the source is away, and no error as an answer', async () => {
    const { cache, loads, at } = scripted({ staleMs: 5000 });
    const first = cache.get('a');
    loads[0]?.resolve('one');
    await first;
    at(2000);
    const second = cache.get('a');
    loads[1]?.reject(new Error('away'));
    expect(await second).toBe('one');
    at(5000);
    const third = cache.get('a');
    loads[2]?.reject(new Error('away'));
    await expect(third).rejects.toThrow('away');
    const fourth = cache.get('a');
    loads[3]?.reject(new Error('broken'));
    await expect(fourth).rejects.toThrow('broken');
  });

  it('holds no more than it was told', async () => {
    const { cache, loads } = scripted();
    for (const key of ['a', 'b', 'c']) {
      const got = cache.get(key);
      loads.at(-1)?.resolve(key);
      await got;
    }
    void cache.get('a');
    expect(loads).toHaveLength(4);
    expect(cache.get('c')).toBe('c');
  });
});
