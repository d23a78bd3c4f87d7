import { join } from 'node:path';

import { findCheckout } from '@baton/system';
import { ModelServer } from '@baton/testkit';

import { runScale } from './run.js';

/** `npm run scale` goes up to four; BATON_SCALE=1,2,4 does it here. */
const STEPS = (process.env['BATON_SCALE'] ?? '2').split(',').map(Number);

describe('replicas', () => {
  it('share the work, answer and remember each turn once and in the order asked', async () => {
    const model = await ModelServer.start({ instant: true });
    try {
      const measured = await runScale({
        steps: STEPS,
        load: { conversations: 60, turns: 3, atOnce: 20 },
        modelUrl: model.openAiUrl,
        workflows: join(findCheckout(), 'bench/workflows'),
        say: () => undefined,
      });
      for (const { replicas, breaches, shares, perTurn } of measured) {
        expect({ replicas, breaches }).toEqual({ replicas, breaches: [] });
        for (const [name, parts] of Object.entries(shares)) {
          expect([name, parts.length]).toEqual([name, replicas]);
          // A queue-manager has next to nothing to do for turns that the AI answers alone.
          if (name !== 'queue-manager')
            expect([name, parts.filter((part) => !(part > 0))]).toEqual([name, []]);
        }
        expect(perTurn.walBytes).toBeGreaterThan(0);
        expect(perTurn.fsyncs).toBeGreaterThan(0);
      }
    } finally {
      await model.stop();
    }
  }, 600_000);
});
