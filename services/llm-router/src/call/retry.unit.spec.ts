import { ProviderError } from '../providers/provider-error.js';
import { BreakerOpenError } from '../routing/breakers.js';
import { afterFailure, type AfterFailure, attemptBudgetMs, waitBefore } from './retry.js';

const given = (failure: ProviderError, more: Partial<AfterFailure> = {}): AfterFailure => ({
  failure,
  tries: 1,
  hasFallback: false,
  mayRestart: false,
  remainingMs: 30_000,
  random: 0.5,
  ...more,
});
const transient = (retryAfterMs?: number): ProviderError =>
  new ProviderError('transient', 'sk-secret', { status: 503, retryAfterMs });

describe('after a failed attempt', () => {
  it('tries again while tries are left, each time after a longer wait with full jitter', () => {
    expect(afterFailure(given(transient()))).toEqual({ kind: 'retry', waitMs: 125 });
    expect(afterFailure(given(transient(), { tries: 2 }))).toEqual({ kind: 'retry', waitMs: 250 });
    expect(waitBefore(1, undefined, 0)).toBe(0);
    expect(waitBefore(20, undefined, 0.999)).toBeLessThan(8_000);
  });

  it('waits at least as long as the vendor asks', () => {
    expect(waitBefore(1, 3_000, 0)).toBe(3_000);
    expect(waitBefore(1, 3_000, 0.9)).toBeGreaterThan(3_000);
  });

  it('says that coming back is no use where the vendor asks for longer than a customer waits', () => {
    const last = (retryAfterMs: number) => afterFailure(given(transient(retryAfterMs), { tries: 3 }));
    expect(last(10_000)).toMatchObject({ error: { retryable: true, retryAfterMs: 10_000 } });
    expect(last(3_600_000)).toMatchObject({ error: { retryable: false, retryAfterMs: 3_600_000 } });
  });

  it('takes an answer that broke off for any other failure where its caller takes back what was shown', () => {
    const cut = new ProviderError('cut', 'reset');
    expect(afterFailure(given(cut))).toMatchObject({ kind: 'fail', error: { code: 'model-unavailable' } });
    expect(afterFailure(given(cut, { mayRestart: true }))).toMatchObject({ kind: 'retry' });
    expect(afterFailure(given(cut, { mayRestart: true, tries: 3, hasFallback: true }))).toEqual({
      kind: 'fallback',
    });
  });

  it('fails once tries are spent, and says when to come back', () => {
    expect(afterFailure(given(transient(4_000), { tries: 3 }))).toMatchObject({
      kind: 'fail',
      error: { code: 'model-unavailable', retryAfterMs: 4_000, retryable: true },
    });
  });

  it('goes to the next model once tries are spent, or the wait is long, or the breaker is open', () => {
    const hasFallback = true;
    expect(afterFailure(given(transient(), { tries: 3, hasFallback }))).toEqual({ kind: 'fallback' });
    expect(afterFailure(given(transient(20_000), { hasFallback }))).toEqual({ kind: 'fallback' });
    expect(afterFailure(given(new BreakerOpenError('m'), { hasFallback }))).toEqual({ kind: 'fallback' });
  });

  it('does not wait for what the caller will not see', () => {
    expect(afterFailure(given(transient(20_000), { remainingMs: 5_000 }))).toMatchObject({ kind: 'fail' });
    expect(afterFailure(given(new BreakerOpenError('m')))).toMatchObject({
      kind: 'fail',
      error: { code: 'model-unavailable' },
    });
  });

  it.each(['rejected', 'cut', 'cancelled'] as const)(
    'never tries again what was %s, whatever is left',
    (kind) => {
      const next = afterFailure(given(new ProviderError(kind, 'no'), { hasFallback: true }));
      expect(next.kind).toBe('fail');
    },
  );

  it('asks again at once without the parameter that the model does not take', () => {
    expect(afterFailure(given(new ProviderError('adjusted', 'no')))).toEqual({ kind: 'retry', waitMs: 0 });
    expect(afterFailure(given(new ProviderError('adjusted', 'no'), { tries: 3 }))).toMatchObject({
      error: { code: 'model-rejected-request' },
    });
  });

  it("keeps the vendor's words out of what the caller reads", () => {
    for (const kind of ['rejected', 'cut', 'transient'] as const) {
      const next = afterFailure(given(new ProviderError(kind, 'sk-secret'), { tries: 3 }));
      expect(next.kind === 'fail' && next.error.message).not.toContain('secret');
    }
  });
});

describe('the time of one attempt', () => {
  it('leaves some for another, and takes all when there is no other', () => {
    expect(attemptBudgetMs(30_000, false)).toBe(18_000);
    expect(attemptBudgetMs(30_000, true)).toBe(30_000);
  });

  it('is never so short that nobody could answer in it', () => {
    expect(attemptBudgetMs(2_500, false)).toBe(2_000);
    expect(attemptBudgetMs(500, false)).toBe(500);
  });
});
