import type { BusClient } from '@baton/bus';
import { BatonError, type RecordedEvent } from '@baton/contracts';

import { Outcomes } from './outcome.js';

const setUp = () => {
  const listeners = new Set<(event: RecordedEvent) => void>();
  const bus = {
    subscribeEvents: (_subject: string, listener: (event: RecordedEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as BusClient;
  const happen = (type: string) =>
    listeners.forEach((listener) => listener({ type } as unknown as RecordedEvent));
  return { outcomes: new Outcomes(bus), listeners, happen };
};

const awaiting = (reads: string[], seconds = 10, signal = new AbortController().signal) => ({
  first: 'PROCESSING',
  read: () => Promise.resolve(reads.shift() ?? 'PROCESSING'),
  isOutcome: (status: string) => status === 'COMPLETED',
  deadlineMs: performance.now() + seconds * 1000,
  signal,
});

describe('waiting for an outcome', () => {
  it('does not look at all where the outcome is there already', async () => {
    const { outcomes, listeners } = setUp();
    using watch = outcomes.watch('default', 'conv_1');
    expect(await watch.outcome({ ...awaiting(['never read']), first: 'COMPLETED' })).toBe('COMPLETED');
    watch[Symbol.dispose]();
    expect(listeners.size).toBe(0);
  });

  it('looks when the conversation moves', async () => {
    const { outcomes, happen } = setUp();
    using watch = outcomes.watch('default', 'conv_1');
    const outcome = watch.outcome(awaiting(['COMPLETED']));
    happen('conversation.turn_completed');
    expect(await outcome).toBe('COMPLETED');
  });

  it('misses nothing that came between the command and the wait', async () => {
    const { outcomes, happen } = setUp();
    using watch = outcomes.watch('default', 'conv_1');
    happen('conversation.turn_completed');
    const started = performance.now();
    expect(await watch.outcome(awaiting(['COMPLETED']))).toBe('COMPLETED');
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('looks again by itself where no event came through', async () => {
    const { outcomes, happen } = setUp();
    using watch = outcomes.watch('default', 'conv_1');
    happen('conversation.message_received');
    expect(await watch.outcome(awaiting(['COMPLETED']))).toBe('COMPLETED');
  });

  it('gives what is when the time is over', async () => {
    const { outcomes } = setUp();
    using watch = outcomes.watch('default', 'conv_1');
    expect(await watch.outcome(awaiting([], 0.02))).toBe('PROCESSING');
  });

  it('goes on where nobody can say for a moment what became of what was accepted', async () => {
    const { outcomes, happen } = setUp();
    using watch = outcomes.watch('default', 'conv_1');
    const answers = [
      () => Promise.reject(new BatonError('unavailable', 'Too much to do')),
      () => Promise.resolve('COMPLETED'),
    ];
    const outcome = watch.outcome({
      ...awaiting([]),
      read: () => (answers.shift() as () => Promise<string>)(),
    });
    happen('conversation.turn_completed');
    expect(await outcome).toBe('COMPLETED');
    const erased = { ...awaiting([]), read: () => Promise.reject(new BatonError('erased', 'Erased')) };
    await expect(watch.outcome(erased)).rejects.toThrow('Erased');
  });

  it('ends when the caller has gone', async () => {
    const { outcomes } = setUp();
    const caller = new AbortController();
    using watch = outcomes.watch('default', 'conv_1');
    const outcome = watch.outcome(awaiting(['never read'], 60, caller.signal));
    caller.abort();
    expect(await outcome).toBe('PROCESSING');
  });
});
