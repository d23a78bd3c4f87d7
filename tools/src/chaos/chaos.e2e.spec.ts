import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { tableOf } from './report.js';
import { runChaos } from './run.js';

/** A short run of `npm run chaos`: a fixed seed, a few kinds of each lane; the long one has all. */
const KINDS = [
  'a service killed',
  'database connections terminated',
  'the answer to a commit lost',
  'power cut of PostgreSQL',
  "JetStream's data deleted",
  'Redis flushed',
  'deliveries duplicated',
  'a bad model: rate limited',
];

describe('a short storm of faults', () => {
  let dataDir: string;

  beforeAll(() => {
    // A power cut stops a server in the middle of a sentence: there is no time to look through it for secrets.
    delete process.env['BATON_SECRET_SCAN_DIR'];
    dataDir = mkdtempSync(join(tmpdir(), 'baton-chaos-'));
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('loses nothing, doubles nothing and leaves nothing stuck', async () => {
    const result = await runChaos({
      dataDir,
      seed: '1',
      minutes: 0.4,
      customers: 12,
      kinds: KINDS,
      isLong: false,
      say: () => undefined,
    });
    const { verdict, struck, ledger } = result;
    // The breaches first: whoever reads a cut log wants them before the table.
    if (verdict.breaches.length > 0)
      throw new Error([JSON.stringify(verdict.breaches), ...tableOf(result)].join('\n'));
    // A harness that never hurts proves nothing.
    const hits = struck.filter(({ evidence }) => evidence !== undefined);
    expect(new Set(hits.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(4);
    expect(ledger.messages.filter(({ standing }) => standing === 'acknowledged').length).toBeGreaterThan(20);
    expect(verdict.memories).toMatchObject({ found: verdict.turns.ended, doubled: 0 });
  }, 600_000);
});
