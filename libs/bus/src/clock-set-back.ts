import type { NatsConnection } from '@nats-io/transport-node';

/** What the client keeps to itself: when it dialed a server last, by the wall clock. */
interface Protocol {
  readonly servers?: { getServers(): { lastConnect: number }[] };
}

/**
 * The client waits to dial a server again until the wall clock has passed its last attempt. A clock that was set back
 * meanwhile would keep it from NATS for as long as it was set back: such an attempt counts as none.
 */
export const forgetFutureAttempts = (nats: NatsConnection): void => {
  const { protocol } = nats as unknown as { protocol?: Protocol };
  for (const server of protocol?.servers?.getServers() ?? [])
    if (server.lastConnect > Date.now()) server.lastConnect = 0;
};
