import { type CompletionDelta, subjects } from '@baton/contracts';
import { findFreePort, modelSteps, waitFor } from '@baton/testkit';
import { WebSocket } from 'ws';

import { RouterFixture } from '../testing/router-fixture.js';

const { paced } = modelSteps;
const STREAMS = 100;
const ROUNDS = 6;

/** MB that a process holds on to, told by its inspector. */
const heapWithoutGarbage = async (port: number): Promise<number> => {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let id = 0;
  const ask = (method: string): Promise<{ usedSize?: number }> => {
    id += 1;
    const asked = id;
    socket.send(JSON.stringify({ id, method }));
    return new Promise((resolve) =>
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { id?: number; result?: { usedSize?: number } };
        if (message.id === asked) resolve(message.result ?? {});
      }),
    );
  };
  await ask('HeapProfiler.collectGarbage');
  const { usedSize = Number.NaN } = await ask('Runtime.getHeapUsage');
  socket.close();
  return usedSize / 2 ** 20;
};
const TEXT = 'word '.repeat(60);

describe('a hundred answers written at once, by one replica', () => {
  let fixture: RouterFixture;
  beforeAll(async () => {
    fixture = await RouterFixture.start();
  });
  afterAll(() => fixture.stop());

  it('come whole, each on its own stream, round after round in the same memory', async () => {
    const inspector = await findFreePort();
    await fixture.spawnRouter({ NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}` });
    fixture.models.respond(() => paced(TEXT, 25));
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
      used.push(await heapWithoutGarbage(inspector));
    }

    // A stream that were kept would be some ten KB at least, and each round has a hundred.
    expect((used.at(-1) ?? 0) - (used[1] ?? 0)).toBeLessThan(10);
    expect(fixture.models.served.calls).toBe(ROUNDS * STREAMS);
  }, 180_000);
});
