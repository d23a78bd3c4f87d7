import type { NatsConnection } from '@nats-io/transport-node';

/** What the client keeps to itself: it gathers what is sent, and writes it when its next microtask comes. */
interface Protocol {
  flushPending(): void;
}

/**
 * Everything that one turn of the event loop sends goes out in one write, at its end. The client's own microtask
 * comes between two promises that were resolved together, so that forty answers of one commit were forty writes,
 * and a write is the dearest thing a service does (a quarter of the time of a busy one).
 */
export const writeOncePerTurn = (nats: NatsConnection): void => {
  const { protocol } = nats as unknown as { protocol?: Protocol };
  if (typeof protocol?.flushPending !== 'function') return;
  const flush = protocol.flushPending.bind(protocol);
  let isScheduled = false;
  protocol.flushPending = () => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      flush();
    });
  };
};
