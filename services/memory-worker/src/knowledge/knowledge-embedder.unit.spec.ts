import type { Chunk } from './chunking.js';
import { KnowledgeEmbedder } from './knowledge-embedder.js';
import type { CachedEmbedding } from './knowledge-embeddings.repository.js';

const chunk = (id: string): Chunk => ({ id, title: 'T', content: `content of ${id}` });
const chunks = (count: number): Chunk[] => Array.from({ length: count }, (_, n) => chunk(`doc.md#${n + 1}`));

/** A router with one model, which it may change, and a cache in memory. */
const played = () => {
  const state = {
    model: 'm1',
    calls: [] as { callId: string; texts: readonly string[] }[],
    cache: [] as CachedEmbedding[],
  };
  const embedder = new KnowledgeEmbedder(
    {
      embed: (_ctx, { callId, texts }) => {
        const { model } = state;
        state.calls.push({ callId, texts });
        const vectors = texts.map((text) => [text.length, model === 'm1' ? 1 : 2]);
        return Promise.resolve({ model, vectors, replayed: false });
      },
    },
    {
      find: (hashes) => Promise.resolve(state.cache.filter((each) => hashes.includes(each.hash))),
      save: (made) => {
        state.cache.unshift(...made);
        return Promise.resolve();
      },
    },
  );
  return { state, embedder };
};

describe('putting knowledge into a model’s space', () => {
  it('embeds in batches what is not there yet', async () => {
    const { state, embedder } = played();
    const index = await embedder.index(chunks(150));
    expect(index).toMatchObject({ model: 'm1' });
    expect(index.chunks).toHaveLength(150);
    expect(state.calls.map((call) => call.texts.length)).toEqual([64, 64, 22]);
  });

  it('embeds nothing that was embedded once, and of a changed folder only what changed', async () => {
    const { state, embedder } = played();
    await embedder.index(chunks(10));
    state.calls.length = 0;
    await embedder.index(chunks(10));
    expect(state.calls).toEqual([]);
    const index = await embedder.index([...chunks(10), chunk('new.md#1')]);
    expect(state.calls.map((call) => call.texts)).toEqual([['T\ncontent of new.md#1']]);
    expect(index.chunks).toHaveLength(11);
  });

  it('embeds a passage once that is there twice', async () => {
    const { state, embedder } = played();
    const twice = [chunk('a.md#1'), { ...chunk('a.md#1'), id: 'b.md#1' }];
    expect((await embedder.index(twice)).chunks).toHaveLength(2);
    expect(state.calls[0]?.texts).toHaveLength(1);
  });

  it('moves everything to the new model where the router changed it', async () => {
    const { state, embedder } = played();
    await embedder.index(chunks(5));
    state.model = 'm2';
    const index = await embedder.index([...chunks(5), chunk('new.md#1')]);
    expect(index.model).toBe('m2');
    expect(index.chunks.every((each) => each.vector[1] === 2)).toBe(true);
    expect(index.chunks).toHaveLength(6);
  });

  it('goes to the model that is wanted, from the cache where it was there before', async () => {
    const { state, embedder } = played();
    await embedder.index(chunks(5));
    state.model = 'm2';
    await embedder.index(chunks(5), 'm2');
    state.calls.length = 0;
    expect((await embedder.index(chunks(5), 'm1')).model).toBe('m1');
    expect(state.calls).toEqual([]);
  });

  it('names each call by model and texts, so that a stored answer of another model is not taken', async () => {
    const { state, embedder } = played();
    await embedder.index(chunks(5));
    state.model = 'm2';
    await embedder.index(chunks(5), 'm2');
    const [first, second] = state.calls.map((call) => call.callId);
    expect(first).not.toBe(second);
    expect(first?.length).toBeLessThan(300);
  });

  it('gives up on a router that answers by another model each time', async () => {
    const { state, embedder } = played();
    let n = 0;
    Object.defineProperty(state, 'model', { get: () => `m${(n += 1)}` });
    await expect(embedder.index(chunks(130))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('asks nothing where there is nothing', async () => {
    const { state, embedder } = played();
    expect(await embedder.index([])).toMatchObject({ model: undefined, chunks: [] });
    expect(state.calls).toEqual([]);
  });
});
