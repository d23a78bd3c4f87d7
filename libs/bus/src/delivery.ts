/** What the reply subject of a JetStream message says of this delivery. */
export interface DeliveryInfo {
  readonly streamSequence: number;
  /** 1 for the first time. */
  readonly deliveryCount: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<count>.<stream seq>.<consumer seq>.<time>.<pending>`, and the longer
 * form of newer servers that has domain and account after `ACK`.
 */
export const deliveryInfo = (reply: string): DeliveryInfo | undefined => {
  if (!reply.startsWith('$JS.ACK.')) return undefined;
  const tokens = reply.split('.');
  const at = tokens.length === 9 ? 4 : 6;
  const deliveryCount = Number(tokens[at]);
  const streamSequence = Number(tokens[at + 1]);
  return Number.isInteger(deliveryCount) && Number.isInteger(streamSequence)
    ? { deliveryCount, streamSequence }
    : undefined;
};
