import { fromSdkError, kindOfStatus, ProviderError, retryAfterOf } from './provider-error.js';

const live = new AbortController().signal;

describe("a vendor's failure", () => {
  it.each([408, 409, 425, 429, 500, 502, 503, 504, 529])('%i passes by itself', (status) => {
    expect(kindOfStatus(status)).toBe('transient');
  });

  it.each([400, 401, 403, 404, 413, 422])('%i does not', (status) => {
    expect(kindOfStatus(status)).toBe('rejected');
  });

  it('without a status never got an answer: it passes', () => {
    expect(fromSdkError(new Error('socket hang up'), { signal: live, streamed: false }).kind).toBe(
      'transient',
    );
  });

  it('after a token was streamed is a cut, whatever its status', () => {
    const error = Object.assign(new Error('x'), { status: 500 });
    expect(fromSdkError(error, { signal: live, streamed: true }).kind).toBe('cut');
  });

  it('tells our own giving up from a time that was over', () => {
    const cancelled = AbortSignal.abort(new Error('not needed'));
    const timedOut = AbortSignal.abort(new DOMException('', 'TimeoutError'));
    expect(fromSdkError(new Error('x'), { signal: cancelled, streamed: true }).kind).toBe('cancelled');
    expect(fromSdkError(new Error('x'), { signal: timedOut, streamed: false }).kind).toBe('transient');
    expect(fromSdkError(new Error('x'), { signal: timedOut, streamed: true }).kind).toBe('cut');
  });

  it('stays what it was when it is one already', () => {
    const error = new ProviderError('rejected', 'x');
    expect(fromSdkError(error, { signal: live, streamed: true })).toBe(error);
  });
});

describe('the wait that a vendor asks for', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');
  it.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '120' }, 120],
    [{ 'retry-after': 'Sun, 22 Nov 2026 10:00:05 GMT' }, 5_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-3' }, undefined],
    [{}, undefined],
  ])('%j is %s ms', (headers, expected) => {
    expect(retryAfterOf(new Headers(headers as Record<string, string>), now)).toBe(expected);
  });
});
