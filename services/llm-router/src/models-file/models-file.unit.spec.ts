import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readModelsFile } from './models-file.js';

describe('a models file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-models-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (text: string) => {
    const file = join(folder, 'models.yaml');
    writeFileSync(file, text);
    return readModelsFile(file);
  };

  it('is read as docs/models.md shows it', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/models.md'), 'utf8');
    const settings = read(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '');

    expect(Object.keys(settings.tiers)).toEqual(['fast', 'smart', 'legal']);
    expect(settings.tiers['smart']?.at(-1)).toEqual({ model: 'openai/gpt-6.1-terra' });
    expect(settings.limits).toHaveLength(3);
    expect(settings.budgets.map(({ hard_usd }) => hard_usd)).toEqual(['500', '2', undefined, '1.5', '0.40']);
    expect(settings.cache).toEqual({ embeddings: true, chat: false, ttlSeconds: 3_600 });
  });

  it('may be empty: nothing is limited, embeddings are kept', () => {
    expect(read('')).toMatchObject({
      tiers: {},
      limits: [],
      budgets: [],
      cache: { embeddings: true, chat: false },
    });
  });

  it.each([
    ['tier: {}', 'tier'],
    ['tiers: { fast: [gpt-5] }', 'tiers.fast.0'],
    ['tiers: { embedding: [openai/x] }', 'embedding'],
    ['limits: [{ model: openai/x }]', 'limits nothing'],
    ['limits: [{ model: openai/x, requests_per_minute: 0 }]', 'requests_per_minute'],
    ['budgets: [{ scope: tenant, hard_usd: 1 }]', 'period'],
    ['budgets: [{ scope: run, period: day, hard_usd: 1 }]', 'period'],
    ['budgets: [{ scope: run }]', 'soft_usd or hard_usd'],
    ['budgets: [{ scope: run, soft_usd: 2, hard_usd: 1 }]', 'more than hard_usd'],
    ['budgets: [{ scope: run, hard_usd: -1 }]', 'hard_usd'],
    ['cache: { ttl: soon }', 'cache.ttl'],
  ])('is refused, the place named: %s', (text, place) => {
    expect(() => read(text)).toThrow(place);
  });
});
