import { TurnSlots } from './turn-slots.js';

const setUp = (limit: number) => {
  let now = 1_000_000;
  let isDraining = false;
  const begun: number[] = [];
  const slots = new TurnSlots({
    limit,
    longestDelayMs: 10_000,
    now: () => now,
    isDraining: () => isDraining,
    onBegun: (lateMs) => begun.push(lateMs),
  });
  return {
    slots,
    begun,
    now: () => now,
    pass: (ms: number) => void (now += ms),
    drain: () => void (isDraining = true),
    /** Lets what waits go on. */
    settled: () => new Promise((resolve) => setImmediate(resolve)),
  };
};

describe('the slots of turns', () => {
  it('are so many, and who waits for one gets it in the order of asking', async () => {
    const { slots, now, begun, pass, settled } = setUp(2);
    const [first, second] = [await slots.enter(now()), await slots.enter(now())];
    const order: string[] = [];
    for (const name of ['third', 'fourth'])
      void slots.enter(now()).then((slot) => (order.push(name), slot?.leave()));
    expect([slots.running, slots.queued]).toEqual([2, 2]);
    pass(500);
    first?.leave();
    await settled();
    expect(order).toEqual(['third', 'fourth']);
    second?.leave();
    expect([slots.running, slots.queued]).toEqual([0, 0]);
    expect(begun).toEqual([0, 0, 500, 500]);
  });

  it('promise no further turn while turns wait and begin too late, and do so again when they begin in time', async () => {
    const { slots, now, pass, settled } = setUp(1);
    const busy = await slots.enter(now());
    const waiting = [now(), now() + 5000, now() + 14_000].map((dueAt) => slots.enter(dueAt));
    pass(9000);
    expect(() => slots.admit()).not.toThrow();
    // Nothing begins: then it counts how long the first has waited.
    pass(2000);
    expect(() => slots.admit()).toThrow('no further turn is promised');
    busy?.leave();
    await settled();
    expect(() => slots.admit()).toThrow(expect.objectContaining({ code: 'unavailable' }));
    pass(500);
    (await waiting[0])?.leave();
    await settled();
    // The next began 6.5 s late: the queue is short enough again.
    expect(slots.delayMs).toBe(6500);
    expect(() => slots.admit()).not.toThrow();
    (await waiting[1])?.leave();
    (await waiting[2])?.leave();
    expect(slots.delayMs).toBe(0);
  });

  it('promise no further turn either where so many wait that it would begin too late', async () => {
    const { slots, now, pass, settled } = setUp(1);
    const done = (): Promise<void> =>
      slots.enter(now()).then(async (slot) => {
        await settled();
        pass(200);
        slot?.leave();
      });
    const turns = Array.from({ length: 40 }, done);
    await turns[10];
    // Slots become free every 200 ms, and less than 30 wait: 6 s at most.
    expect(() => slots.admit()).not.toThrow();
    turns.push(...Array.from({ length: 100 }, done));
    expect(slots.delayMs).toBeGreaterThan(10_000);
    expect(() => slots.admit()).toThrow('no further turn is promised');
    await Promise.all(turns);
    expect([slots.delayMs, slots.running, slots.queued]).toEqual([0, 0, 0]);
  });

  it('take no single late turn for an overload: it came back after a crash', async () => {
    const { slots, now, pass } = setUp(2);
    await slots.enter(now());
    await slots.enter(now() - 60_000);
    expect(() => slots.admit()).not.toThrow();
    void slots.enter(now());
    pass(100);
    expect(() => slots.admit()).not.toThrow();
  });

  it('are given to nobody when the process is about to end', async () => {
    const { slots, now, drain } = setUp(1);
    const busy = await slots.enter(now());
    const waiting = [slots.enter(now()), slots.enter(now())];
    drain();
    busy?.leave();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    expect([slots.running, slots.queued]).toEqual([0, 0]);
  });
});
