import { Logger } from '@nestjs/common';

import { ALL_FAULTS, type Campaign, runCampaign } from './campaign.js';
import { FAULT_NAMES } from './faults.js';
import type { Mutant } from './mutants.js';
import { keyEncryptionKey, loadServices } from './services.js';
import { campaignOf } from './try-mutants.js';

/** Seconds of it here; `npm run simulate -- core --minutes M` looks for as long as one likes. */
describe('the services in a simulated world', () => {
  let parts: Pick<Campaign, 'definitions' | 'kek' | 'conversations'>;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    parts = { definitions: await loadServices(), kek: await keyEncryptionKey(), conversations: 8 };
  }, 120_000);

  it('lose nothing, do nothing twice and get stuck nowhere, whatever goes wrong', async () => {
    const campaign: Campaign = { ...parts, mutants: new Set(), sweeps: true, faults: ALL_FAULTS };
    const tally = await runCampaign(campaign, 1, ({ episodes }) => episodes >= 5);
    expect(
      tally.failed.flatMap(({ seed, breaches }) => breaches.map((breach) => ({ seed, ...breach }))),
    ).toEqual([]);
    // A simulation that hurts nothing proves nothing.
    const hit = FAULT_NAMES.filter((fault) => (tally.hits.get(fault) ?? 0) > 0);
    expect(hit.length).toBeGreaterThan(15);
    expect(tally.counts.get('turns answered by the AI')).toBeGreaterThan(30);
    expect(tally.counts.get('turn attempts beyond the first')).toBeGreaterThan(0);
    expect(tally.counts.get('human messages')).toBeGreaterThan(10);
  }, 180_000);

  it.each<[Mutant, number]>([
    ['no-idempotency-row', 1040],
    ['no-inbox', 1120],
    ['no-fencing', 3160],
    ['delete-before-puback', 1280],
  ])(
    'go wrong without a safeguard: %s',
    async (mutant, seed) => {
      const tally = await runCampaign(
        campaignOf(parts, mutant),
        seed,
        ({ failed, episodes }) => failed.length > 0 || episodes >= 20,
      );
      expect(tally.failed.length).toBeGreaterThan(0);
    },
    180_000,
  );
});
