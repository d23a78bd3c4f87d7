import { BatonError, subjects } from '@baton/contracts';
import type { JsMsg } from '@nats-io/jetstream';

import type { LastCall } from '../http/last-call.js';
import type { LiveEvents, LiveEventsListener } from '../stream/live-events.js';

import { Outcomes } from './outcome.js';

const setUp = () => {
  const listeners: LiveEventsListener[] = [];
  const live = { listen: (listener: LiveEventsListener) => listeners.push(listener) };
  const happen = (type: string, stream_id = 'conv_1') => {
    const stream = { tenant_id: 'default', stream_type: 'conversation', stream_id };
    const message = { subject: subjects.event({ ...stream, type }) } as JsMsg;
    for (const listener of listeners) listener.onMessage(message);
  };
  const end = new AbortController();
  const lastCall = { signal: end.signal } as LastCall;
  return { outcomes: new Outcomes(live as unknown as LiveEvents, lastCall), happen, end: () => end.abort() };
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
    const { outcomes } = setUp();
    using watch = outcomes.watch('default', 'conv_1');
    expect(await watch.outcome({ ...awaiting(['never read']), first: 'COMPLETED' })).toBe('COMPLETED');
    watch[Symbol.dispose]();
    expect(outcomes.watched).toBe(0);
  });

  it('looks when the conversation moves', async () => {
    const { outcomes, happen } = setUp();
    using watch = outcomes.watch('default', 'conv_1');
    const outcome = watch.outcome(awaiting(['COMPLETED']));
    happen('conversation.turn_completed', 'conv_2');
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

  it('gives what is when the process is about to end', async () => {
    const { outcomes, end } = setUp();
    using watch = outcomes.watch('default', 'conv_1');
    const outcome = watch.outcome(awaiting([], 600));
    end();
    expect(await outcome).toBe('PROCESSING');
    expect(await watch.outcome(awaiting([], 600))).toBe('PROCESSING');
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
