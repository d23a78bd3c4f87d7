import { BatonError, isBatonError, memoryRequests } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { ownContext } from '../llm/llm.client.js';
import { MemoryWorkerFixture } from '../testing/memory-worker.fixture.js';

describe('finding memories', () => {
  let fixture: MemoryWorkerFixture;

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
    await fixture.boot({ BATON_SUMMARY_EVERY: '2' });
    fixture.router.complete = () => ({ text: 'Ana asked about her violin' });
    const talk = async (tenant: string, conversation: string, customer: string | null, texts: string[]) => {
      await fixture.orchestrator.begin(tenant, conversation, customer);
      for (const [index, text] of texts.entries())
        await fixture.orchestrator.turn(tenant, conversation, index + 1, text, null);
    };
    await talk('acme', 'conv_ana', 'ana', ['My violin is broken', 'Can the violin be repaired in Riga']);
    await talk('acme', 'conv_ana_2', 'ana', ['Hello again']);
    await talk('acme', 'conv_bob', 'bob', ['My violin was never delivered']);
    await talk('acme', 'conv_nobody', null, ['A violin question of nobody known']);
    await talk('globex', 'conv_ana', 'ana', ['The violin of globex']);
    await waitFor(async () => (await fixture.rows('SELECT 1 FROM memory_worker.memories')).length === 7, {
      what: 'six turns and a summary',
    });
  });
  afterAll(() => fixture.stop());

  const search = (
    query: { q: string; conversation_id?: string; customer_id?: string; limit?: number; cursor?: string },
    tenant = 'acme',
  ) => fixture.bus.request(memoryRequests.search, ownContext(tenant), query);
  const forTurn = (conversation_id: string, customer_id: string | null, query: string, limit = 5) =>
    fixture.bus.request(memoryRequests.forTurn, ownContext('acme'), {
      conversation_id,
      customer_id,
      query,
      limit,
    });
  const sources = (page: { items: readonly { source: { conversation_id: string } }[] }) =>
    [...new Set(page.items.map((item) => item.source.conversation_id))].sort();

  it('finds by likeness, best first, and says where each comes from', async () => {
    const { items } = await search({ q: 'violin repaired Riga' });
    expect(items[0]).toEqual({
      memory_id: expect.stringMatching(/^mem_/),
      kind: 'turn',
      content: 'Customer: Can the violin be repaired in Riga',
      score: expect.any(Number),
      source: { conversation_id: 'conv_ana', turn_number: 2 },
    });
    const scores = items.map((item) => item.score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(items.map((item) => item.kind)).toContain('summary');
  });

  it('stays within the tenant, the customer and the conversation that are asked for', async () => {
    expect(sources(await search({ q: 'violin' }))).toEqual(['conv_ana', 'conv_bob', 'conv_nobody']);
    expect(sources(await search({ q: 'violin', customer_id: 'bob' }))).toEqual(['conv_bob']);
    expect(sources(await search({ q: 'violin', conversation_id: 'conv_ana' }))).toEqual(['conv_ana']);
    expect((await search({ q: 'violin', conversation_id: 'conv_ana', customer_id: 'bob' })).items).toEqual(
      [],
    );
    const other = await search({ q: 'violin' }, 'globex');
    expect(other.items.map((item) => item.content)).toEqual(['Customer: The violin of globex']);
  });

  it('gives a turn its summary and what belongs to its customer, never another’s', async () => {
    const memory = await forTurn('conv_ana_2', 'ana', 'violin');
    expect(memory.summary).toBeNull();
    expect(sources({ items: memory.memories })).toEqual(['conv_ana']);
    const own = await forTurn('conv_ana', 'ana', 'violin');
    expect(own.summary).toBe('Ana asked about her violin');
    expect(own.memories.map((hit) => hit.kind)).toEqual(['turn', 'turn']);
    expect(sources({ items: (await forTurn('conv_nobody', null, 'violin')).memories })).toEqual([
      'conv_nobody',
    ]);
  });

  it('pays for no embedding where there is nothing to search', async () => {
    const before = fixture.router.embeds.size;
    expect(await forTurn('conv_unheard', null, 'a question never asked')).toEqual({
      summary: null,
      memories: [],
    });
    expect(await forTurn('conv_ana', 'ana', 'another one', 0)).toMatchObject({ memories: [] });
    expect(fixture.router.embeds.size).toBe(before);
  });

  it('embeds the same words once', async () => {
    await forTurn('conv_ana', 'ana', 'exactly these words');
    const before = fixture.router.embeds.size;
    await search({ q: 'exactly these words' });
    expect(fixture.router.embeds.size).toBe(before);
  });

  it('gives pages that follow each other', async () => {
    const all = (await search({ q: 'violin' })).items;
    const first = await search({ q: 'violin', limit: 2 });
    const second = await search({ q: 'violin', limit: 2, cursor: first.next_cursor as string });
    expect([...first.items, ...second.items].map((item) => item.memory_id)).toEqual(
      all.slice(0, 4).map((item) => item.memory_id),
    );
    expect((await search({ q: 'violin', limit: all.length })).next_cursor).toBeNull();
  });

  it('refuses a cursor of another list', async () => {
    const refusal = await search({ q: 'violin', cursor: 'bm9uc2Vuc2U' }).catch((error: unknown) => error);
    expect(isBatonError(refusal, 'validation-failed')).toBe(true);
  });

  it('is refused at once while embeddings keep failing, asks nobody meanwhile, and goes on when they are back', async () => {
    let asked = 0;
    fixture.router.onEmbed = () => {
      asked += 1;
      throw new BatonError('model-unavailable', 'No model answers');
    };
    let words = 0;
    const fresh = () => search({ q: `words never searched ${(words += 1)}` });
    const codes: string[] = [];
    await waitFor(
      async () => {
        const { code } = (await fresh().catch((error: unknown) => error)) as BatonError;
        codes.push(code);
        return code === 'unavailable';
      },
      { what: 'the breaker to open', everyMs: 1 },
    );
    expect(codes.slice(0, -1)).toEqual(Array(codes.length - 1).fill('model-unavailable'));
    const before = asked;
    const refusal = (await fresh().catch((error: unknown) => error)) as BatonError;
    expect(refusal).toMatchObject({ code: 'unavailable', retryable: true });
    expect(refusal.retryAfterMs).toBeGreaterThan(0);
    expect(asked).toBe(before);

    fixture.router.onEmbed = () => undefined;
    await waitFor(
      () =>
        fresh().then(
          ({ items }) => items.length > 0,
          () => false,
        ),
      { what: 'searches to go on' },
    );
  });
});
