import { runCampaign } from './campaign.js';
import { type FuzzedBaton, startFuzzedBaton } from './fuzzed-baton.js';
import { reportOf } from './report.js';

const REQUESTS = 1000;
/** What only a world with all that it needs leads to. */
const REACHED = [
  'POST /api/v1/connections',
  'GET /api/v1/connections/{id}',
  'GET /api/v1/oauth/callback',
  'POST /api/v1/approvals/{id}/decision',
  'GET /api/v1/archive/{id}',
];

describe('everything that the OpenAPI document says', () => {
  let baton: FuzzedBaton;
  beforeAll(async () => (baton = await startFuzzedBaton()), 240_000);
  afterAll(() => baton?.stop());

  it('is answered as the document says, asked well and badly', async () => {
    const tally = await runCampaign({ baton, seed: 'npm test', requests: REQUESTS });
    expect(tally.findings.length === 0 ? '' : reportOf(tally)).toBe('');
    // It got behind the first checks.
    expect(tally.operations).toBeGreaterThan(80);
    expect(tally.byStatus['200']).toBeGreaterThan(REQUESTS / 10);
    expect(tally.neverWell.length).toBeLessThan(tally.operations / 2);
    for (const operation of REACHED) expect(tally.neverWell).not.toContain(operation);
    expect(JSON.stringify(tally.byStatus)).not.toContain('"500"');
  }, 600_000);
});
