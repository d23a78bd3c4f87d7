import { BusClient } from '@baton/bus';
import { BatonError, type RequestContext } from '@baton/contracts';
import { newId } from '@baton/service';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

import { type Access, requireAccess } from '../auth/access.js';
import { actorOf, type Principal } from '../auth/principal.js';
import { StaffRoles } from '../auth/staff-roles.js';
import { type OpenStream, OpenStreams } from '../stream/open-streams.js';
import { closeSocket, isPing, PONG } from '../stream/socket-client.js';
import { type Knock, type SocketDoor, SocketDoors } from '../stream/socket-doors.js';
import { type CloseReason, REVOKED } from '../stream/staff-session.js';
import type { ConsultationRoom } from './consultation-room.js';
import { ConsultationRooms } from './consultation-rooms.js';
import { ConsultationSession, type ParticipantSink } from './consultation-session.js';

const PATH = /^\/ws\/consultation\/([A-Za-z0-9_-]{1,128})$/;
/** As for its calls over REST. */
export const CONSULTATION: Access = { scopes: ['staff'], staff: 'agent' };
/** A message of 32,000 characters, however many bytes JSON makes of each. */
const MAX_PAYLOAD_BYTES = 524_288;

/** A consultation over WebSocket: both sides, live, with the agent's words as they come. */
@Injectable()
export class ConsultationSocket implements SocketDoor, OnModuleInit {
  readonly access = CONSULTATION;
  private readonly logger = new Logger('ConsultationSocket');
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
  });

  constructor(
    private readonly doors: SocketDoors,
    private readonly rooms: ConsultationRooms,
    private readonly streams: OpenStreams,
    private readonly roles: StaffRoles,
    private readonly bus: BusClient,
  ) {}

  onModuleInit(): void {
    this.doors.add(this);
  }

  isAt(path: string): boolean {
    return PATH.test(path);
  }

  async open({ request, socket, head, url, principal }: Knock): Promise<void> {
    const [, id = ''] = PATH.exec(url.pathname) ?? [];
    const ctx = await this.contextOf(principal);
    const sink = new LateSink();
    const session = new ConsultationSession(this.bus, id, sink, () => this.contextOf(principal));
    const { room } = await this.rooms.enter(ctx, id, session);
    const leave = (): void => {
      session.end();
      this.rooms.leave(ctx.tenant_id, id, session);
    };
    socket.once('close', leave);
    try {
      const after = url.searchParams.get('after') ?? '';
      const first = after === '' ? null : await session.page(ctx, { after });
      if (socket.destroyed) return leave();
      this.sockets.handleUpgrade(request, socket, head, (client) => {
        this.serve(client, principal, session, sink, room);
        if (!first) return session.goLive(room.position);
        session.resume(first).catch((error: unknown) => {
          this.logger.warn({ err: error, consultation_id: id }, 'A history could not be told');
          session.close(RESUME);
        });
      });
    } catch (error) {
      leave();
      throw error;
    }
  }

  private serve(
    client: WebSocket,
    principal: Principal,
    session: ConsultationSession,
    sink: LateSink,
    room: ConsultationRoom,
  ): void {
    let isAlive = true;
    const stream: OpenStream = {
      principal,
      heartbeat: () => {
        // No answer to the last ping: the connection is half open.
        if (!isAlive) return client.terminate();
        isAlive = false;
        client.ping();
        this.contextOf(principal).catch((error: unknown) => {
          if (error instanceof BatonError && !error.retryable) session.close(REVOKED);
        });
      },
      lookAgain: () => room.lookAgain(),
      close: (reason) => session.close(reason),
    };
    client.on('pong', () => (isAlive = true));
    client.on('message', (data) => {
      if (isPing(data)) client.send(PONG);
      else session.receive(textOf(data));
    });
    client.on('error', (error) => this.logger.debug(`A socket broke: ${error.message}`));
    client.on('close', () => this.streams.remove(stream));
    sink.attach(client);
    this.streams.add(stream);
  }

  /** Whom they speak as, by the role that they have now. @throws BatonError `forbidden` where that is none */
  private async contextOf(principal: Principal): Promise<RequestContext> {
    let now = principal;
    if (principal.kind === 'staff') {
      const role = await this.roles.of(principal.tenantId, principal.agentId);
      if (role === undefined) throw new BatonError('forbidden', 'There is no such agent any more');
      now = { ...principal, role };
    }
    requireAccess(CONSULTATION, now);
    return { tenant_id: now.tenantId, actor: actorOf(now), request_id: newId('req') };
  }
}

const RESUME: CloseReason = {
  code: 1013,
  reason: 'Reconnect with ?after= the last message you have',
  name: 'resync',
};

const textOf = (data: RawData): string =>
  Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.concat([data].flat() as Buffer[]).toString('utf8');

const AS_TEXT = { binary: false } as const;

/** Keeps what is said before the socket is there. */
class LateSink implements ParticipantSink {
  private client: WebSocket | undefined;
  private closed: CloseReason | undefined;

  get backlogBytes(): number {
    return this.client?.bufferedAmount ?? 0;
  }

  send(bytes: Buffer): void {
    this.client?.send(bytes, AS_TEXT);
  }

  close(reason: CloseReason): void {
    this.closed = reason;
    if (this.client) closeSocket(this.client, reason);
  }

  attach(client: WebSocket): void {
    this.client = client;
    if (this.closed) closeSocket(client, this.closed);
  }
}
