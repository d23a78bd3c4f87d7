import { runWithCallContext } from '@baton/bus';

import { sendTracesTo, traceHeaders, traceReceiversVariable, tracedFetch } from './outgoing.js';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the traceparent that goes outside', () => {
  afterEach(() => sendTracesTo(traceReceiversVariable.parse(undefined)));

  it('goes to webhooks and tools unless told otherwise, and never to vendors of models unasked', async () => {
    await runWithCallContext({ traceparent }, async () => {
      expect(traceHeaders('webhooks')).toEqual({ traceparent });
      expect(traceHeaders('tools')).toEqual({ traceparent });
      expect(traceHeaders('models')).toEqual({});
      await Promise.resolve();
    });
    expect(tracedFetch('models')).toBeUndefined();
    expect(traceHeaders('webhooks', traceparent)).toEqual({ traceparent });
    // Work that belongs to no trace begins none outside.
    expect(traceHeaders('tools')).toEqual({});
  });

  it('goes to whom the setting names', () => {
    sendTracesTo(traceReceiversVariable.parse('models'));
    expect([traceHeaders('models', traceparent), traceHeaders('tools', traceparent)]).toEqual([
      { traceparent },
      {},
    ]);
    expect(tracedFetch('models')).toBeDefined();
    sendTracesTo(traceReceiversVariable.parse('none'));
    expect(traceHeaders('webhooks', traceparent)).toEqual({});
    for (const wrong of ['everybody', 'tools,none', 'tools, models', ''])
      expect(traceReceiversVariable.safeParse(wrong).success).toBe(false);
  });
});
