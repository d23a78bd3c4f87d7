import type { ScanReport } from '@baton/testkit';

import type { AllowedSecret } from './allowed-secrets.js';
import { ALLOWED_SECRETS } from './allowed-secrets.js';
import { judgeScans } from './secrets.js';

const report = (more: Partial<ScanReport> = {}): ScanReport => ({
  source: 'postgres',
  test: 'a.int.spec.ts',
  places: 3,
  bytes: 2 * 1024 * 1024,
  ms: 250,
  findings: [],
  ...more,
});
const allowed: AllowedSecret = {
  test: 'a.int.spec.ts',
  source: 'postgres',
  place: /^gateway\.played$/,
  kind: 'API key',
  reason: 'It is played',
};

describe('what the scans of a run say', () => {
  it('is how much they read, by what it was', () => {
    const { summary, problems } = judgeScans(
      [report(), report({ test: 'b' }), report({ source: 'logs' })],
      [],
    );
    expect(summary).toEqual([
      'logs           1 of 1 files: 3 places, 2.0 MiB in 0.3 s',
      'postgres       2 of 2 files: 6 places, 4.0 MiB in 0.5 s',
    ]);
    expect(problems).toEqual([]);
  });

  it('is each secret once, with where it lies and whose test put it there', () => {
    const finding = { place: 'gateway.keys', kind: 'API key', near: 'key' };
    expect(
      judgeScans([report({ findings: [finding] }), report({ findings: [finding] })], [allowed]),
    ).toMatchObject({
      problems: ['API key in postgres gateway.keys (key), a.int.spec.ts'],
      unused: [allowed],
    });
  });

  it('is nothing where somebody explained it, for that test, place and kind alone', () => {
    const finding = { place: 'gateway.played', kind: 'API key' };
    expect(judgeScans([report({ findings: [finding] })], [allowed])).toMatchObject({
      problems: [],
      unused: [],
    });
    for (const other of [
      report({ findings: [finding], test: 'b.int.spec.ts' }),
      report({ findings: [finding], source: 'logs' }),
      report({ findings: [{ ...finding, place: 'gateway.played_too' }] }),
      report({ findings: [{ ...finding, kind: 'JSON web token' }] }),
    ])
      expect(judgeScans([other], [allowed]).problems).toHaveLength(1);
  });

  it('is no success where something could not be read', () => {
    expect(judgeScans([report({ failure: 'it was away' })], [allowed]).problems).toEqual([
      'postgres of a.int.spec.ts could not be read: it was away',
    ]);
  });

  it('has a reason for each exception', () => {
    for (const { reason } of ALLOWED_SECRETS) expect(reason.length).toBeGreaterThan(20);
  });
});
