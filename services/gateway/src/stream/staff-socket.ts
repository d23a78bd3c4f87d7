import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type WebSocket, WebSocketServer } from 'ws';

import type { Access } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';
import { EarlySink } from './early-sink.js';
import { type OpenStream, OpenStreams } from './open-streams.js';
import { closeSocket, isPing, PONG } from './socket-client.js';
import { type Knock, type SocketDoor, SocketDoors } from './socket-doors.js';
import type { StaffSession, StaffSink } from './staff-session.js';
import { StaffStreams } from './staff-streams.js';

const PATH = '/ws/staff';
/** As for its twin over server-sent events, and for a ticket. */
const STAFF_STREAM: Access = { scopes: ['staff'], staff: 'agent' };
/** Staff send no more than a ping on this socket: what they do is done over REST. */
const MAX_PAYLOAD_BYTES = 1024;

/** The notification stream over WebSocket. */
@Injectable()
export class StaffSocket implements SocketDoor, OnModuleInit {
  readonly access = STAFF_STREAM;
  private readonly logger = new Logger('StaffSocket');
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
  });

  constructor(
    private readonly doors: SocketDoors,
    private readonly staff: StaffStreams,
    private readonly streams: OpenStreams,
  ) {}

  onModuleInit(): void {
    this.doors.add(this);
  }

  isAt(path: string): boolean {
    return path === PATH;
  }

  async open({ request, socket, head, url, principal }: Knock): Promise<void> {
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
      const hasNothingToRead = client.bufferedAmount === 0;
      if (hasNothingToRead && isPing(text)) client.send(PONG);
    });
    client.on('error', (error) => this.logger.debug(`A socket broke: ${error.message}`));
    client.on('close', () => this.streams.remove(stream));
    sink.attach(sinkOf(client));
    this.streams.add(stream);
  }
}

const AS_TEXT = { binary: false } as const;

const sinkOf = (client: WebSocket): StaffSink => ({
  send: (frame) => client.send(frame.socketBytes, AS_TEXT),
  get backlogBytes() {
    return client.bufferedAmount;
  },
  close: (reason) => closeSocket(client, reason),
});
