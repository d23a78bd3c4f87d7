import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { BatonError } from '@baton/contracts';
import { CONFIG } from '@baton/service';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { RequestAudit } from '../audit/request-audit.js';
import { type Access, forbidden, requireAccess } from '../auth/access.js';
import { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';
import type { GatewayConfig } from '../config.js';
import { refuseOnSocket } from '../http/framework-errors.js';
import { toBatonError } from '../problem/to-problem.js';
import { isAllowedOrigin } from './origin.js';
import { Tickets } from './tickets.js';

/** Who wants a WebSocket, and may have it. */
export interface Knock {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly url: URL;
  readonly principal: Principal;
}

/** One kind of WebSocket. */
export interface SocketDoor {
  readonly access: Access;
  isAt(path: string): boolean;
  /** @throws BatonError: answered as HTTP, since there is no WebSocket yet */
  open(knock: Knock): Promise<void>;
}

/** An option of Node's server; Fastify makes ours, so it is set afterwards. */
interface UpgradeChoice {
  shouldUpgradeCallback: (request: IncomingMessage) => boolean;
}

/** Where WebSockets come in: which one it is, whether its page may, and who it is, by a ticket or a token. */
@Injectable()
export class SocketDoors implements OnApplicationBootstrap {
  private readonly logger = new Logger('SocketDoors');
  private readonly doors: SocketDoor[] = [];

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly tickets: Tickets,
    private readonly authenticator: Authenticator,
    private readonly audit: RequestAudit,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  add(door: SocketDoor): void {
    this.doors.push(door);
  }

  onApplicationBootstrap(): void {
    const server = this.http.httpAdapter.getHttpServer() as Server & UpgradeChoice;
    // Some clients offer `Upgrade: h2c` with every request: those are answered as if they had not.
    server.shouldUpgradeCallback = ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket';
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      this.upgrade(request, socket, head).catch((error: unknown) => this.refuse(request, socket, error));
    });
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://gateway');
    const door = this.doors.find((each) => each.isAt(url.pathname));
    if (!door) throw new BatonError('not-found', 'There is no such socket');
    const { origin, host } = request.headers;
    if (!isAllowedOrigin(origin, host, this.config.BATON_ALLOWED_ORIGINS))
      throw forbidden('Pages of this origin may not connect');
    const principal = await this.principalOf(request, url.searchParams.get('ticket'), door.access);
    await door.open({ request, socket, head, url, principal });
    this.audit.socketOpened(request, principal, url.pathname);
  }

  /** By a ticket, whose owner was looked at when it was made; a client that is no browser may send its token instead. */
  private async principalOf(
    { headers }: IncomingMessage,
    ticket: string | null,
    access: Access,
  ): Promise<Principal> {
    if (ticket === null && headers.authorization !== undefined) {
      const principal = await this.authenticator.authenticate(headers.authorization);
      requireAccess(access, principal);
      return principal;
    }
    const principal = await this.tickets.redeem(ticket ?? '');
    if (!principal) throw new BatonError('unauthenticated', 'The ticket was used, has expired or never was');
    return principal;
  }

  /** The problem as HTTP, since there is no WebSocket yet. */
  private refuse(request: IncomingMessage, socket: Duplex, thrown: unknown): void {
    let error = toBatonError(thrown);
    if (!error) {
      this.logger.error(thrown, 'A WebSocket upgrade failed');
      error = new BatonError('internal', 'An unexpected error');
    }
    refuseOnSocket(socket, error, request.url?.split('?', 1)[0]);
  }
}
