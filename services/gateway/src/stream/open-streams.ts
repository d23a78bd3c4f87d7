import { BusClient } from '@baton/bus';
import { Clock, Metrics } from '@baton/service';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';

import { ApiKeys } from '../api-key/api-keys.js';
import type { Principal } from '../auth/principal.js';
import { AgentLinks } from '../link/agent-links.js';
import { CustomerPresence } from '../link/customer-presence.js';
import { type CloseReason, EXPIRED, GOING_AWAY, REVOKED } from './staff-session.js';

const HEARTBEAT_MS = 15_000;
/** setTimeout takes no longer wait. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** A connection that stays open: as long as its token is valid and the process lives. */
export interface OpenStream {
  readonly principal: Principal;
  /** Shows that both sides are there, or closes. */
  heartbeat(): void;
  /** What was to be heard live may have been missed. */
  lookAgain?(): void;
  close(reason: CloseReason): void;
}

/** Every connection of this replica that stays open: heartbeats, the end of its token, the end of the process. */
@Injectable()
export class OpenStreams implements OnModuleInit, BeforeApplicationShutdown {
  private readonly streams = new Map<OpenStream, NodeJS.Timeout | undefined>();
  private timer: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    private readonly clock: Clock,
    private readonly apiKeys: ApiKeys,
    private readonly bus: BusClient,
    private readonly agents: AgentLinks,
    private readonly customers: CustomerPresence,
    metrics: Metrics,
  ) {
    metrics.sampled(
      'baton_gateway_open_streams',
      'Connections that stay open, by who has them',
      ['principal'],
      () =>
        [...Map.groupBy(this.streams.keys(), ({ principal }) => principal.kind)].map(([principal, of]) => ({
          labels: { principal },
          value: of.length,
        })),
    );
  }

  onModuleInit(): void {
    this.apiKeys.whenRevoked((keyId) => {
      for (const stream of this.streams.keys()) {
        if (stream.principal.kind === 'api_key' && stream.principal.keyId === keyId) stream.close(REVOKED);
      }
    });
    this.bus.connection.afterReconnect(() => {
      for (const stream of this.streams.keys()) stream.lookAgain?.();
    });
    this.timer = setInterval(() => {
      for (const stream of this.streams.keys()) stream.heartbeat();
    }, HEARTBEAT_MS);
    this.timer.unref();
  }

  /** Before HTTP closes: it would wait for streams that never end. */
  beforeApplicationShutdown(): void {
    this.isClosing = true;
    clearInterval(this.timer);
    for (const stream of this.streams.keys()) stream.close(GOING_AWAY);
  }

  /** The caller says `remove` when the connection has ended, however it did. */
  add(stream: OpenStream): void {
    if (this.isClosing) return stream.close(GOING_AWAY);
    const { principal } = stream;
    let expiry: NodeJS.Timeout | undefined;
    if (principal.kind !== 'api_key') {
      const left = principal.expiresAtMs - this.clock.now().getTime();
      expiry = setTimeout(() => stream.close(EXPIRED), Math.min(Math.max(left, 0), LONGEST_TIMER_MS));
      expiry.unref();
    }
    this.streams.set(stream, expiry);
    this.agents.opened(principal);
    this.customers.opened(principal);
  }

  remove(stream: OpenStream): void {
    clearTimeout(this.streams.get(stream));
    if (!this.streams.delete(stream)) return;
    this.agents.closed(stream.principal);
    this.customers.closed(stream.principal);
  }
}
