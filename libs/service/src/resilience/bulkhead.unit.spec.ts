import { jest } from '@jest/globals';

import { Bulkhead } from './bulkhead.js';

const OPTIONS = { name: 'the part', limit: 2, queue: 3, patienceMs: 1000, standingPatienceMs: 50 };

/** Work that ends when it is told. */
const opened = () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { work: () => promise, end: () => resolve('done') };
};

describe('a bulkhead', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const outcomeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(String, (error: { reason?: string; code: string }) => error.reason ?? error.code);

  it('runs so many at once, lets some wait in order, and refuses the rest at once', async () => {
    const bulkhead = new Bulkhead(OPTIONS);
    const order: number[] = [];
    const ends: (() => void)[] = [];
    const calls = Array.from({ length: 7 }, (_, index) => {
      const { work, end } = opened();
      ends.push(end);
      return outcomeOf(
        bulkhead.run(() => {
          order.push(index);
          return work();
        }),
      );
    });
    expect([bulkhead.running, bulkhead.waiting]).toEqual([2, 3]);
    expect(await Promise.all(calls.slice(5))).toEqual(['full', 'full']);
    for (const end of ends) end();
    expect(await Promise.all(calls.slice(0, 5))).toEqual(Array(5).fill('done'));
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect([bulkhead.running, bulkhead.waiting]).toEqual([0, 0]);
  });

  it('has the room again when work throws', async () => {
    const bulkhead = new Bulkhead({ ...OPTIONS, limit: 1 });
    const failing = () => Promise.reject(new Error('broken'));
    for (let index = 0; index < 3; index += 1) await expect(bulkhead.run(failing)).rejects.toThrow('broken');
    expect(bulkhead.running).toBe(0);
  });

  it('says no to one who waited too long, and when to come back', async () => {
    const bulkhead = new Bulkhead({ ...OPTIONS, limit: 1 });
    const { work, end } = opened();
    const first = bulkhead.run(work);
    const second = bulkhead.run(work).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(1000);
    expect(await second).toMatchObject({ code: 'unavailable', reason: 'slow', retryable: true });
    expect((await second) as object).toHaveProperty('retryAfterMs');
    end();
    expect(await first).toBe('done');
    expect(bulkhead.waiting).toBe(0);
  });

  it('keeps newcomers waiting only briefly while its queue stands, and is patient again when it was empty', async () => {
    const bulkhead = new Bulkhead({ ...OPTIONS, limit: 1 });
    const running = opened();
    const first = bulkhead.run(running.work);
    const old = opened();
    const burst = [outcomeOf(bulkhead.run(old.work))];
    await jest.advanceTimersByTimeAsync(900);
    burst.push(outcomeOf(bulkhead.run(old.work)));
    expect(bulkhead.isOverloaded).toBe(false);
    await jest.advanceTimersByTimeAsync(100);
    expect(await burst[0]).toBe('slow');
    expect(bulkhead.isOverloaded).toBe(true);
    const newcomer = outcomeOf(bulkhead.run(old.work));
    await jest.advanceTimersByTimeAsync(50);
    expect(await newcomer).toBe('slow');

    running.end();
    old.end();
    expect(await Promise.all([first, burst[1]])).toEqual(['done', 'done']);
    expect(bulkhead.isOverloaded).toBe(false);
    const again = opened();
    const next = bulkhead.run(again.work);
    const patient = outcomeOf(bulkhead.run(again.work));
    await jest.advanceTimersByTimeAsync(900);
    again.end();
    expect([await next, await patient]).toEqual(['done', 'done']);
  });

  it('lets one who was called off leave the queue, and no other', async () => {
    const bulkhead = new Bulkhead({ ...OPTIONS, limit: 1 });
    const { work, end } = opened();
    const first = bulkhead.run(work);
    const gone = new AbortController();
    const second = outcomeOf(bulkhead.run(work, gone.signal));
    const third = outcomeOf(bulkhead.run(work));
    gone.abort();
    expect(await second).toBe('cancelled');
    expect(await outcomeOf(bulkhead.run(work, AbortSignal.abort()))).toBe('cancelled');
    end();
    expect([await first, await third]).toEqual(['done', 'done']);
  });
});
