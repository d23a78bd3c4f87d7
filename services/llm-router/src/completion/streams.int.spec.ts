import { type CompletionDelta, subjects } from '@baton/contracts';
import { findFreePort, modelSteps, waitFor } from '@baton/testkit';

import { RouterFixture } from '../testing/router-fixture.js';

const { paced } = modelSteps;
const STREAMS = 100;
const ROUNDS = 6;
const TEXT = 'word '.repeat(60);

describe('a hundred answers written at once, by one replica', () => {
  let fixture: RouterFixture;
  beforeAll(async () => {
    fixture = await RouterFixture.start();
  });
  afterAll(() => fixture.stop());

  it('come whole, each on its own stream, round after round in the same memory', async () => {
    const port = await findFreePort();
    await fixture.spawnRouter({ BATON_SERVICE_PORT: String(port) });
    fixture.models.respond(() => paced(TEXT, 25));
    const heap = async (): Promise<number> => {
      const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/^nodejs_heap_size_used_bytes\S* (\S+)/m.exec(page)?.[1]) / 2 ** 20;
    };
    const stream = async (call_id: string): Promise<void> => {
      let streamed = '';
      const stream_to = subjects.runDeltas(call_id);
      const stop = fixture.bus.subscribe(stream_to, (delta) => (streamed += (delta as CompletionDelta).text));
      const { text } = await fixture.complete({ call_id, stream_to, timeout_ms: 60_000 });
      await waitFor(() => streamed === text, { what: `all of ${call_id}` });
      stop();
      expect(text).toBe(TEXT);
    };

    const used: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(Array.from({ length: STREAMS }, (_, index) => stream(`stream-${round}-${index}`)));
      used.push(await heap());
    }

    // What varies is when garbage is collected: the lowest of each half is what is kept.
    const lowest = [used.slice(1, ROUNDS / 2), used.slice(ROUNDS / 2)].map((half) => Math.min(...half));
    expect((lowest[1] ?? 0) - (lowest[0] ?? 0)).toBeLessThan(25);
    expect(fixture.models.served.calls).toBe(ROUNDS * STREAMS);
  }, 180_000);
});
