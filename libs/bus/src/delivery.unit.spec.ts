import { deliveryInfo } from './delivery.js';

describe('what a delivery says of itself', () => {
  it('is read from the subject of servers before accounts and domains were in it', () => {
    expect(deliveryInfo('$JS.ACK.BATON_EVENTS.memory.3.42.7.1700000000.0')).toEqual({
      deliveryCount: 3,
      streamSequence: 42,
    });
  });

  it('is read from the longer subject of newer servers', () => {
    expect(deliveryInfo('$JS.ACK._.ACCOUNT.BATON_EVENTS.memory.2.42.7.1700000000.0.token')).toEqual({
      deliveryCount: 2,
      streamSequence: 42,
    });
  });

  it.each(['', '_INBOX.abc.1', '$JS.ACK.short', '$JS.ACK.S.C.one.42.7.1.0'])('is nothing for %p', (reply) => {
    expect(deliveryInfo(reply)).toBeUndefined();
  });
});
