import { waitFor } from '@baton/testkit';

import { BuiltInEmbedder } from './built-in-embedder.js';
import { LruCache } from './lru-cache.js';

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);

describe('the built-in embeddings', () => {
  const embedder = new BuiltInEmbedder(50);
  afterAll(() => embedder.stop());

  it('are unit vectors, near for what means nearly the same', async () => {
    const [shipping, delivery, poem] = await embedder.embed([
      'How long is shipping?',
      'When will it be delivered?',
      'A poem about cats',
    ]);
    expect(dot(shipping as Float32Array, shipping as Float32Array)).toBeCloseTo(1, 4);
    expect(dot(shipping as Float32Array, delivery as Float32Array)).toBeGreaterThan(
      dot(shipping as Float32Array, poem as Float32Array) + 0.2,
    );
  });

  it('are the same for the same text, asked together, at once or again', async () => {
    const [together, again] = await Promise.all([
      embedder.embed(['twice', 'twice']),
      embedder.embed(['twice']),
    ]);
    expect(together[0]).toBe(together[1]);
    expect(again[0]).toBe(together[0]);
    expect((await embedder.embed(['twice']))[0]).toBe(together[0]);
  });

  it('come back after the thread was let go for want of work', async () => {
    await embedder.embed(['before']);
    await waitFor(() => !(embedder as unknown as { worker?: unknown }).worker, { what: 'the thread to end' });
    expect(await embedder.embed(['after'])).toHaveLength(1);
  });

  it('hold up nobody while they are computed', async () => {
    const [own, whole] = [process.threadCpuUsage(), process.cpuUsage()];
    await embedder.embed(
      Array.from({ length: 150 }, (_, index) => `Sentence number ${index} of a long page.`),
    );
    const spent = ({ user, system }: NodeJS.CpuUsage): number => user + system;
    // Work, not time: a busy machine changes nothing in whose thread it is done.
    expect(spent(process.threadCpuUsage(own))).toBeLessThan(spent(process.cpuUsage(whole)) / 2);
  });

  it('take any text', async () => {
    const vectors = await embedder.embed(['', '   ', '🎈', 'x'.repeat(100_000), 'ﷺ'.repeat(32_000)]);
    expect(vectors.every((vector) => vector.every(Number.isFinite))).toBe(true);
  });
});

describe('what was asked for last', () => {
  it('is kept, the oldest goes first', () => {
    const cache = new LruCache<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
  });
});
