import fc from 'fast-check';

import { Bulkhead } from './bulkhead.js';

describe('a bulkhead', () => {
  it('never runs more than its limit, never keeps more than its queue, and ends empty', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 5 }),
        fc.array(fc.record({ steps: fc.integer({ min: 0, max: 5 }), fails: fc.boolean() }), {
          minLength: 1,
          maxLength: 40,
        }),
        async (limit, queue, calls) => {
          const bulkhead = new Bulkhead({ name: 'it', limit, queue, patienceMs: 60_000 });
          let running = 0;
          const seen = { running: 0, waiting: 0, ended: 0, refused: 0 };
          await Promise.all(
            calls.map(async ({ steps, fails }, index) => {
              for (let pause = 0; pause < index % 7; pause += 1) await Promise.resolve();
              const work = async (): Promise<void> => {
                running += 1;
                seen.running = Math.max(seen.running, running);
                for (let step = 0; step < steps; step += 1) await Promise.resolve();
                running -= 1;
                seen.ended += 1;
                if (fails) throw new Error('broken');
              };
              const call = bulkhead.run(work);
              seen.waiting = Math.max(seen.waiting, bulkhead.waiting);
              await call.catch((error: Error) => {
                if (error.message !== 'broken') seen.refused += 1;
              });
            }),
          );
          expect(seen.running).toBeLessThanOrEqual(limit);
          expect(seen.waiting).toBeLessThanOrEqual(queue);
          expect(seen.ended + seen.refused).toBe(calls.length);
          expect([bulkhead.running, bulkhead.waiting]).toEqual([0, 0]);
        },
      ),
    );
  });
});
