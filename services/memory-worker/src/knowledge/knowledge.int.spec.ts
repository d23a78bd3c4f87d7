import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { memoryRequests } from '@baton/contracts';
import { waitFor } from '@baton/testkit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { ownContext } from '../llm/llm.client.js';
import { embedWords } from '../testing/played-router.js';
import { MemoryWorkerFixture } from '../testing/memory-worker.fixture.js';

describe('searching knowledge', () => {
  let fixture: MemoryWorkerFixture;
  let app: NestFastifyApplication;
  const put = (file: string, text: string) => writeFile(join(fixture.knowledgeDir, file), text);
  const search = async (query: string, limit = 3, tenant = 'acme') =>
    (await fixture.bus.request(memoryRequests.searchKnowledge, ownContext(tenant), { query, limit }))
      .passages;
  const paid = () => [...fixture.router.embeds.keys()].filter((key) => key.includes('knowledge:'));

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
    await put('returns.md', '# Returns\n\n## How long do I have?\n\nYou can return it within 30 days.\n');
    await put('shipping.md', '# Shipping\n\n## Abroad\n\nWe ship to Latvia in five days.\n');
    app = await fixture.boot();
  });
  afterAll(() => fixture.stop());

  it('finds the passage that answers, for every tenant, with the score of the router', async () => {
    for (const tenant of ['acme', 'globex']) {
      const [best] = await search('How many days to return it', 3, tenant);
      expect(best).toEqual({
        id: 'returns.md#1',
        title: 'Returns › How long do I have?',
        content: 'You can return it within 30 days.',
        score: expect.any(Number),
      });
    }
    expect(await search('return', 1)).toHaveLength(1);
  });

  it('embeds nothing again after a restart', async () => {
    const before = paid().length;
    await fixture.shutDown(app);
    app = await fixture.boot();
    expect((await search('ship to Latvia'))[0]?.id).toBe('shipping.md#1');
    expect(paid()).toHaveLength(before);
  });

  it('searches a document that was added or changed, and not one that is gone, within seconds', async () => {
    await put('gifts.md', '# Gift cards\n\nA gift card never expires.\n');
    await waitFor(async () => (await search('gift card expires'))[0]?.id === 'gifts.md#1', {
      what: 'the new document',
    });
    await put('gifts.md', '# Gift cards\n\nA gift card expires after ten years.\n');
    await waitFor(async () => (await search('gift card expires'))[0]?.content.includes('ten years'), {
      what: 'the changed document',
    });
    await rm(join(fixture.knowledgeDir, 'gifts.md'));
    await waitFor(
      async () => !(await search('gift card expires')).some((each) => each.id.startsWith('gifts')),
      {
        what: 'the document to be gone',
      },
    );
  });

  it('moves all passages to another embedding model when the router has one', async () => {
    fixture.router.embeddingModel = 'other/words-64';
    expect((await search('five days to Latvia please'))[0]?.id).toBe('shipping.md#1');
    const models = await fixture.rows<{ model: string; n: number }>(
      `SELECT embedding_model AS model, count(*)::int AS n FROM memory_worker.knowledge_embeddings
        GROUP BY 1 ORDER BY 1`,
    );
    expect(models.at(-1)).toEqual({ model: 'other/words-64', n: 2 });
  });

  it('says that it is not there yet while no model embeds, and is there once one does', async () => {
    await fixture.shutDown(app);
    await fixture.database.tenant('*', (tenant) => tenant.query('DELETE FROM knowledge_embeddings'));
    fixture.router.onEmbed = () => {
      throw new Error('Not today');
    };
    app = await fixture.boot();
    await expect(search('return')).rejects.toMatchObject({ code: 'unavailable' });
    fixture.router.onEmbed = () => undefined;
    await waitFor(async () => (await search('return it'))[0]?.id === 'returns.md#1', {
      what: 'the knowledge',
    });
  });

  it('has nothing to say where there is no folder', async () => {
    await fixture.shutDown(app);
    app = await fixture.boot({ BATON_KNOWLEDGE_DIR: join(fixture.knowledgeDir, 'nowhere') });
    expect(await search('return')).toEqual([]);
    expect(embedWords('return')).toHaveLength(64);
  });
});
