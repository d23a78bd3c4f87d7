import { Metrics } from './metrics.js';

const NONE = { labels: {}, value: 0 };

describe('metrics', () => {
  const ofMetrics = (text: string, name: string): string[] =>
    text.split('\n').filter((line) => line.startsWith(name));

  it('are Prometheus text, and OpenMetrics for those who ask', async () => {
    const metrics = new Metrics('unit');
    metrics.counter('baton_things_total', 'Things', ['kind']).inc({ kind: 'a' }, 2);
    metrics.histogram('baton_thing_seconds', 'How long', ['kind']).observe({ kind: 'a' }, 0.02);
    metrics.histogram('baton_other_seconds', 'How long').observe(3);
    metrics.sampled('baton_things_now', 'Things', [], () => [{ ...NONE, value: 7 }]);
    const plain = await metrics.scrape('text');
    const open = await metrics.scrape('openmetrics');
    // Asking for the one leaves the other as it was.
    expect(await metrics.scrape('text')).toMatchObject({ contentType: plain.contentType });
    for (const { text } of [plain, open]) {
      expect(ofMetrics(text, 'baton_things_total{')).toEqual([
        'baton_things_total{kind="a",service="unit"} 2',
      ]);
      expect(text).toContain('baton_thing_seconds_bucket{le="0.025",service="unit",kind="a"} 1');
      expect(text).toContain('baton_other_seconds_sum{service="unit"} 3');
      expect(text).toContain('baton_things_now{service="unit"} 7');
    }
    expect(plain.contentType).toMatch(/^text\/plain; version=0.0.4/);
    expect(open.contentType).toMatch(/^application\/openmetrics-text; version=1.0.0/);
    expect(open.text).toMatch(/# TYPE baton_things counter\n/);
    expect(open.text.endsWith('# EOF\n')).toBe(true);
  });

  it('tells nothing of what cannot be looked up, and that it could not', async () => {
    const metrics = new Metrics('unit');
    let answer: () => Promise<{ labels: Record<string, string>; value: number }[]> = () =>
      Promise.resolve([{ labels: {}, value: 4 }]);
    metrics.looked('baton_far_things', 'Things', [], () => answer());
    metrics.looked('baton_far_kinds', 'Things', ['kind'], async () =>
      (await answer()).map(({ value }) => ({ labels: { kind: 'a' }, value })),
    );
    const scraped = async (): Promise<string[]> =>
      ofMetrics((await metrics.scrape('text')).text, 'baton_far');
    expect(await scraped()).toEqual([
      'baton_far_things{service="unit"} 4',
      'baton_far_kinds{kind="a",service="unit"} 4',
    ]);
    answer = () => Promise.reject(new Error('away'));
    expect(await scraped()).toEqual([]);
    const { text } = await metrics.scrape('text');
    expect(ofMetrics(text, 'baton_metrics_unread_total{')).toHaveLength(2);
    answer = () => Promise.resolve([{ labels: {}, value: 5 }]);
    expect(await scraped()).toHaveLength(2);
  });
});
