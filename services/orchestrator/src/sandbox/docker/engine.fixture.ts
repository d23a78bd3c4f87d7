import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** What the played container does with what it gets on stdin. */
export type Container = (stdin: Buffer) => Promise<{
  readonly stdout: Buffer;
  readonly stderr?: string;
  readonly code?: number;
  readonly isOutOfMemory?: boolean;
  /** It goes on until it is killed. */
  readonly isEndless?: boolean;
}>;

/** A local server that speaks as much of the engine's API as the driver uses: HTTP, and a hijacked stream in frames. */
export class PlayedEngine {
  readonly created: Record<string, unknown>[] = [];
  readonly killed: string[] = [];
  readonly removed: string[] = [];
  images: readonly string[] = ['node:24-slim', 'python:3.13-slim'];
  container: Container = () => Promise.resolve({ stdout: Buffer.alloc(0) });
  private readonly states = new Map<string, ContainerState>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      });
    });
    this.server.on('upgrade', (request, socket) => this.attach(request, socket));
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as { port: number }).port;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body?: unknown }> {
    const path = new URL(request.url ?? '/', 'http://engine').pathname.replace(/^\/v[\d.]+/, '');
    const body = (await buffer(request)).toString('utf8');
    if (path === '/version') return { status: 200, body: { Version: '99.9' } };
    const image = /^\/images\/(.+)\/json$/.exec(path)?.[1];
    if (image !== undefined)
      return this.images.includes(decodeURIComponent(image))
        ? { status: 200, body: { Id: image } }
        : { status: 404, body: { message: 'No such image' } };
    if (path === '/containers/create') {
      this.created.push(JSON.parse(body) as Record<string, unknown>);
      const id = `c${this.created.length}`;
      this.states.set(id, new ContainerState());
      return { status: 201, body: { Id: id } };
    }
    const [, id = '', action = ''] = /^\/containers\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const state = this.states.get(id);
    if (!state) return { status: 404, body: { message: `No such container: ${id}` } };
    if (request.method === 'DELETE') {
      this.removed.push(id);
      this.states.delete(id);
      return { status: 204 };
    }
    switch (action) {
      case 'start':
        state.started.resolve();
        return { status: 204 };
      case 'wait':
        return { status: 200, body: { StatusCode: await state.ended.promise } };
      case 'kill':
        this.killed.push(id);
        state.end(137);
        return { status: 204 };
      case 'json':
        return { status: 200, body: { State: { OOMKilled: state.isOutOfMemory } } };
      default:
        return { status: 500, body: { message: `The played engine knows no ${path}` } };
    }
  }

  private attach(request: IncomingMessage, socket: Duplex): void {
    const id = /\/containers\/([^/]+)\/attach/.exec(request.url ?? '')?.[1] ?? '';
    const state = this.states.get(id);
    socket.on('error', () => undefined);
    if (!state) {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      return;
    }
    socket.write(
      'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
    );
    state.onEnd = () => socket.end();
    void this.play(state, socket);
  }

  private async play(state: ContainerState, socket: Duplex): Promise<void> {
    const stdin = await buffer(socket);
    await state.started.promise;
    const {
      stdout,
      stderr,
      code = 0,
      isOutOfMemory = false,
      isEndless = false,
    } = await this.container(stdin);
    state.isOutOfMemory = isOutOfMemory;
    for (let at = 0; at < stdout.length; at += 1000) socket.write(frame(1, stdout.subarray(at, at + 1000)));
    if (stderr !== undefined) socket.write(frame(2, Buffer.from(stderr)));
    if (!isEndless) state.end(code);
  }
}

class ContainerState {
  readonly started = Promise.withResolvers<void>();
  readonly ended = Promise.withResolvers<number>();
  isOutOfMemory = false;
  onEnd: () => void = () => undefined;

  end(code: number): void {
    this.onEnd();
    this.ended.resolve(code);
  }
}

/** As the engine multiplexes the two outputs: stream, three zeros, length, bytes. */
const frame = (stream: 1 | 2, content: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt8(stream, 0);
  head.writeUInt32BE(content.length, 4);
  return Buffer.concat([head, content]);
};
