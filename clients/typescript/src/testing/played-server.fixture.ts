import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type WebSocket, WebSocketServer } from 'ws';

type Handler = (request: IncomingMessage & { readonly body: string }, response: ServerResponse) => void;
type SocketHandler = (socket: WebSocket, url: URL) => void;

/** A server that does as the test says, call by call. */
export class PlayedServer {
  readonly calls: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
  }[] = [];
  private readonly handlers: Handler[] = [];
  private readonly socketHandlers: SocketHandler[] = [];
  private readonly sockets = new WebSocketServer({ noServer: true });

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        this.calls.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
        const handler = this.handlers.length > 1 ? this.handlers.shift() : this.handlers[0];
        handler?.(Object.assign(request, { body }), response);
      });
    });
    server.on('upgrade', (request: IncomingMessage, socket, head) => {
      this.sockets.handleUpgrade(request, socket, head, (client) => {
        const handler = this.socketHandlers.length > 1 ? this.socketHandlers.shift() : this.socketHandlers[0];
        handler?.(client, new URL(request.url ?? '/', 'http://played'));
      });
    });
  }

  static async start(): Promise<PlayedServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PlayedServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** One handler for each call that comes; the last goes on for ever. */
  answers(...handlers: readonly Handler[]): void {
    this.handlers.splice(0, this.handlers.length, ...handlers);
    this.calls.length = 0;
  }

  connects(...handlers: readonly SocketHandler[]): void {
    this.socketHandlers.splice(0, this.socketHandlers.length, ...handlers);
  }

  async stop(): Promise<void> {
    for (const client of this.sockets.clients) client.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
  };

export const problem = (status: number, name: string, headers: Record<string, string> = {}): Handler =>
  json(status, { type: `urn:baton:problem:${name}`, title: name, status, detail: `It is ${name}` }, headers);

/** The connection is cut before a word. */
export const hangUp: Handler = (_request, response) => void response.destroy();

/** Server-sent events; then the connection is cut, or held open. */
export const events =
  (texts: readonly string[], then: 'cut' | 'hold' = 'cut'): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const text of texts) response.write(text);
    if (then === 'cut') setImmediate(() => response.destroy());
  };

export const sse = (event: string, data: unknown, id?: string | number): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
