import { type RunningBaton, startBaton } from '@baton/system';

import { runCampaign } from './campaign.js';
import { UNLIMITED } from './environment.js';
import { reportOf } from './report.js';

const REQUESTS = 1000;

describe('everything that the OpenAPI document says', () => {
  let baton: RunningBaton;
  beforeAll(async () => (baton = await startBaton({ env: UNLIMITED })), 240_000);
  afterAll(() => baton?.stop());

  it('is answered as the document says, asked well and badly', async () => {
    const { url, apiKey } = baton;
    const tally = await runCampaign({ url, apiKey, seed: 'npm test', requests: REQUESTS });
    expect(tally.findings.length === 0 ? '' : reportOf(tally)).toBe('');
    // It got behind the first checks.
    expect(tally.operations).toBeGreaterThan(80);
    expect(tally.byStatus['200']).toBeGreaterThan(REQUESTS / 10);
    expect(tally.neverWell.length).toBeLessThan(tally.operations / 2);
    expect(JSON.stringify(tally.byStatus)).not.toContain('"500"');
  }, 600_000);
});
