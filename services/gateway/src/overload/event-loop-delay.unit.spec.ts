import { Metrics } from '@baton/service';
import { Logger } from '@nestjs/common';

import { EventLoopDelay } from './event-loop-delay.js';

describe('a loop that is late', () => {
  let loop: EventLoopDelay;
  let now: number;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    loop = new EventLoopDelay(new Metrics('unit'), { BATON_MAX_EVENT_LOOP_DELAY_MS: 200 });
    loop.onApplicationShutdown();
    now = performance.now();
    loop.tick(now);
  });

  const turns = (...milliseconds: number[]): void => {
    for (const each of milliseconds) loop.tick((now += each));
  };

  it('refuses nothing for one long pause, nor for turns that are a little late', () => {
    turns(60, 3000, 55, 240, 240, 240, 3000, 50);
    expect(() => loop.admit()).not.toThrow();
  });

  it('refuses when it is late turn after turn, says when to come back, and ends that with the first good turn', () => {
    turns(400, 400, 400);
    expect(loop.isOverloaded).toBe(true);
    let refusal: unknown;
    try {
      loop.admit();
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ code: 'unavailable' });
    expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeGreaterThanOrEqual(1000);
    turns(60);
    expect(() => loop.admit()).not.toThrow();
  });
});
