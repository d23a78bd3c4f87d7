import { currentCallContext, runWithCallContext } from '@baton/bus';

import { spanContextOf, traceparentOf } from './traceparent.js';
import { beginSpan, isTracing, sampledTraceId, spanned } from './tracing.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('a traceparent', () => {
  it('is read and written as W3C has it', () => {
    const context = spanContextOf(TRACEPARENT);
    expect(context).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
    });
    expect(context && traceparentOf(context)).toBe(TRACEPARENT);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    TRACEPARENT.replace('00-', 'ff-'),
    TRACEPARENT.toUpperCase(),
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
  ])('that names nothing is none: %s', (text) => {
    expect(spanContextOf(text)).toBeUndefined();
  });
});

describe('where traces are off', () => {
  it('work just runs, and the traceparent that it came with goes on', async () => {
    expect(isTracing()).toBe(false);
    const seen = await runWithCallContext({ traceparent: TRACEPARENT }, () =>
      spanned('work', { mayBeRoot: true }, (span) => {
        span.set({ any: 'thing' });
        return Promise.resolve(currentCallContext()?.traceparent);
      }),
    );
    expect(seen).toBe(TRACEPARENT);
    expect(beginSpan('work', { parent: TRACEPARENT }).traceparent).toBe(TRACEPARENT);
    expect(sampledTraceId(TRACEPARENT)).toBeUndefined();
  });

  it('what fails fails as it did', async () => {
    const error = new Error('no');
    await expect(spanned('work', {}, () => Promise.reject(error))).rejects.toBe(error);
  });
});
