import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { waitFor } from '@baton/testkit';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came: what was signed. */
  readonly raw: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire; the test says what it must be
  readonly body: any;
}

/** What a path answers; a number is a status alone. */
export type Behaviour = (received: Received, response: ServerResponse) => number | undefined;

/** A server of somebody's, with a path for each webhook. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  private readonly behaviours = new Map<string, Behaviour>();
  private server: Server | undefined;
  private port = 0;

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await receiver.listen();
    return receiver;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  url(path: string): string {
    return `http://${this.host}${path}`;
  }

  /** How a path answers from now on; 204 unless told. */
  on(path: string, behaviour: Behaviour): void {
    this.behaviours.set(path, behaviour);
  }

  of(path: string): readonly Received[] {
    return this.received.filter((each) => each.path === path);
  }

  async until(path: string, count: number): Promise<readonly Received[]> {
    const what = `${count} deliveries to ${path}`;
    return waitFor(() => this.of(path).length >= count && this.of(path), { what, timeoutMs: 60_000 });
  }

  /** Up again, on the same port. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const raw = Buffer.concat(chunks).toString();
        const path = request.url ?? '';
        const received = { path, headers: request.headers, raw, body: JSON.parse(raw) as unknown };
        this.received.push(received);
        const status = (this.behaviours.get(path) ?? (() => 204))(received, response);
        if (status !== undefined) response.writeHead(status).end();
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const { server } = this;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }
}
