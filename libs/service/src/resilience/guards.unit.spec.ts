import { BatonError } from '@baton/contracts';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';

import { Metrics } from '../metrics.js';
import { Guards } from './guards.js';
import { withRetries } from './retry.js';

const OPTIONS = { limit: 2, breaker: { minimum: 3, openMs: 1000, random: () => 1 } };
const down = () => Promise.reject(new BatonError('unavailable', 'down'));
const up = () => Promise.resolve('up');

describe('what a service depends on', () => {
  const metrics = new Metrics('unit');
  const guards = new Guards(metrics);
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const outcomeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(String, (error: { reason?: string; code: string }) => error.reason ?? error.code);
  const times = async (count: number, call: () => Promise<unknown>): Promise<string[]> => {
    const outcomes = [];
    for (let index = 0; index < count; index += 1) outcomes.push(await outcomeOf(call()));
    return outcomes;
  };
  const metric = async (name: string): Promise<string> =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith(name))
      .join('\n');

  it('is left alone when it keeps failing, tried once after a while, and asked again when it answers', async () => {
    const family = guards.family('one', OPTIONS);
    const asked = jest.fn(down);
    expect(await times(5, () => family.run('host', asked))).toEqual([
      ...Array<string>(3).fill('unavailable'),
      'open',
      'open',
    ]);
    expect(asked).toHaveBeenCalledTimes(3);
    expect(await metric('baton_breakers')).toContain('dependency="one",state="open",service="unit"} 1');
    expect(await metric('baton_calls_refused_total')).toContain('reason="open",service="unit"} 2');

    jest.advanceTimersByTime(1001);
    expect(await times(2, () => family.run('host', asked))).toEqual(['unavailable', 'open']);
    // The second time it is left alone for twice as long.
    jest.advanceTimersByTime(1500);
    expect(await times(1, () => family.run('host', asked))).toEqual(['open']);
    jest.advanceTimersByTime(501);
    expect(await times(2, () => family.run('host', up))).toEqual(['up', 'up']);
    expect(await metric('baton_breakers')).toContain('dependency="one",state="open",service="unit"} 0');
  });

  it('says with its refusal when it will be tried again', async () => {
    const family = guards.family('two', OPTIONS);
    await times(3, () => family.run('', down));
    await expect(family.run('', up)).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 1000 });
  });

  it('is tried by one call while the others are refused at once', async () => {
    const family = guards.family('three', OPTIONS);
    await times(3, () => family.run('', down));
    jest.advanceTimersByTime(1001);
    const probe = Promise.withResolvers<string>();
    const first = family.run('', () => probe.promise);
    expect(await outcomeOf(family.run('', up))).toBe('open');
    probe.resolve('up');
    expect(await first).toBe('up');
    expect(await outcomeOf(family.run('', up))).toBe('up');
  });

  it('is not blamed for what its callers got wrong', async () => {
    const family = guards.family('four', OPTIONS);
    const refuse = () => Promise.reject(new BatonError('validation-failed', 'no'));
    expect(await times(10, () => family.run('', refuse))).toEqual(Array(10).fill('validation-failed'));
  });

  it('is blamed for an answer that says it is in trouble, and the answer is given all the same', async () => {
    const family = guards.family('five', OPTIONS);
    const ask = () => family.run('', () => Promise.resolve(503), { isTroubled: (status) => status >= 500 });
    expect(await times(4, ask)).toEqual(['503', '503', '503', 'open']);
  });

  it('fails alone: another of its kind goes on', async () => {
    const family = guards.family('six', OPTIONS);
    await times(3, () => family.run('bad host', down));
    expect(await outcomeOf(family.run('bad host', up))).toBe('open');
    expect(await outcomeOf(family.run('good host', up))).toBe('up');
  });

  it('takes no more calls at once than it is said to bear', async () => {
    const family = guards.family('seven', OPTIONS);
    const { promise, resolve } = Promise.withResolvers<string>();
    const calls = [1, 2, 3].map(() => outcomeOf(family.run('', () => promise)));
    expect(await calls[2]).toBe('full');
    expect(await metric('baton_bulkhead_running')).toContain('dependency="seven",service="unit"} 2');
    resolve('up');
    expect(await Promise.all(calls.slice(0, 2))).toEqual(['up', 'up']);
  });

  it('remembers a bounded number of them, and those in trouble longest', async () => {
    const family = guards.family('eight', OPTIONS);
    await times(3, () => family.run('bad', down));
    for (let index = 0; index < 1500; index += 1) await family.run(`host ${index}`, up);
    expect(family.count('closed')).toBeLessThanOrEqual(1000);
    expect(family.count('open')).toBe(1);
  });
});

describe('what is tried again', () => {
  it('waits as long as it was asked to, and gives up where there is no time for that', async () => {
    const busy = jest.fn(() =>
      Promise.reject(new BatonError('too-many-requests', 'busy', { retryAfterMs: 60_000 })),
    );
    await expect(withRetries(busy, { attempts: 5, withinMs: 1000 })).rejects.toThrow('busy');
    expect(busy).toHaveBeenCalledTimes(1);
  });

  it('is what may pass, so many times and no more', async () => {
    const options = { attempts: 3, withinMs: 60_000, firstMs: 1 };
    const failing = jest.fn(down);
    await expect(withRetries(failing, options)).rejects.toThrow('down');
    expect(failing).toHaveBeenCalledTimes(3);
    const wrong = jest.fn(() => Promise.reject(new BatonError('validation-failed', 'wrong')));
    await expect(withRetries(wrong, options)).rejects.toThrow('wrong');
    expect(wrong).toHaveBeenCalledTimes(1);
    const second = jest.fn(up).mockImplementationOnce(down);
    expect(await withRetries(second, options)).toBe('up');
  });
});
