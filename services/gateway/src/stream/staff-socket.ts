import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { BatonError } from '@baton/contracts';
import { CONFIG } from '@baton/service';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

import { type Access, forbidden, requireAccess } from '../auth/access.js';
import { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';
import type { GatewayConfig } from '../config.js';
import { refuseOnSocket } from '../http/framework-errors.js';
import { toBatonError } from '../problem/to-problem.js';
import { EarlySink } from './early-sink.js';
import { type OpenStream, OpenStreams } from './open-streams.js';
import { isAllowedOrigin } from './origin.js';
import { closeLimitMs, type CloseReason, type StaffSession, type StaffSink } from './staff-session.js';
import { StaffStreams } from './staff-streams.js';
import { Tickets } from './tickets.js';

const PATH = '/ws/staff';
/** As for its twin over server-sent events, and for a ticket. */
const STAFF_STREAM: Access = { scopes: ['staff'], staff: 'agent' };
/** Staff send no more than a ping on this socket: what they do is done over REST. */
const MAX_PAYLOAD_BYTES = 1024;

/** An option of Node's server; Fastify makes ours, so it is set afterwards. */
interface UpgradeChoice {
  shouldUpgradeCallback: (request: IncomingMessage) => boolean;
}

/** The notification stream over WebSocket. */
@Injectable()
export class StaffSocket implements OnApplicationBootstrap {
  private readonly logger = new Logger('StaffSocket');
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
  });

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly tickets: Tickets,
    private readonly authenticator: Authenticator,
    private readonly staff: StaffStreams,
    private readonly open: OpenStreams,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

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
    if (url.pathname !== PATH) throw new BatonError('not-found', 'There is no such socket');
    const { origin, host } = request.headers;
    if (!isAllowedOrigin(origin, host, this.config.BATON_ALLOWED_ORIGINS))
      throw forbidden('Pages of this origin may not connect');
    const principal = await this.principalOf(request, url.searchParams.get('ticket'));
    const cursor = url.searchParams.get('cursor');
    const sink = new EarlySink();
    const session = await this.staff.open(
      principal,
      sink,
      cursor === null || cursor === '' ? undefined : cursor,
    );
    socket.once('close', () => this.staff.leave(session));
    if (socket.destroyed) return this.staff.leave(session);
    this.sockets.handleUpgrade(request, socket, head, (client) =>
      this.serve(client, principal, session, sink),
    );
  }

  /** By a ticket; a client that is no browser may send its token instead. */
  private async principalOf({ headers }: IncomingMessage, ticket: string | null): Promise<Principal> {
    if (ticket === null && headers.authorization !== undefined) {
      const principal = await this.authenticator.authenticate(headers.authorization);
      requireAccess(STAFF_STREAM, principal);
      return principal;
    }
    const principal = await this.tickets.redeem(ticket ?? '');
    if (!principal) throw new BatonError('unauthenticated', 'The ticket was used, has expired or never was');
    return principal;
  }

  private serve(client: WebSocket, principal: Principal, session: StaffSession, sink: EarlySink): void {
    let isAlive = true;
    const stream: OpenStream = {
      principal,
      heartbeat: () => {
        // No answer to the last ping: the connection is half open.
        if (!isAlive) return client.terminate();
        isAlive = false;
        client.ping();
      },
      close: (reason) => session.close(reason),
    };
    client.on('pong', () => (isAlive = true));
    client.on('message', (text) => {
      // A browser hides pings from its page: one that wants to know whether we are here asks by a message of its own.
      const hasNothingToRead = client.bufferedAmount === 0;
      if (hasNothingToRead && isPing(text)) client.send(PONG);
    });
    client.on('error', (error) => this.logger.debug(`A socket broke: ${error.message}`));
    client.on('close', () => this.open.remove(stream));
    sink.attach(sinkOf(client));
    this.open.add(stream);
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

const PING = /^\s*\{\s*"type"\s*:\s*"ping"\s*\}\s*$/;
const PONG = JSON.stringify({ type: 'pong' });

/** Staff send nothing but this. */
const isPing = (data: RawData): boolean => Buffer.isBuffer(data) && PING.test(data.toString('utf8'));

const AS_TEXT = { binary: false } as const;

const sinkOf = (client: WebSocket): StaffSink => ({
  send: (frame) => client.send(frame.socketBytes, AS_TEXT),
  get backlogBytes() {
    return client.bufferedAmount;
  },
  close: (reason: CloseReason) => {
    client.close(reason.code, reason.reason);
    // Who does not read does not answer a close either.
    const timer = setTimeout(() => client.terminate(), closeLimitMs(reason)).unref();
    client.once('close', () => clearTimeout(timer));
  },
});
