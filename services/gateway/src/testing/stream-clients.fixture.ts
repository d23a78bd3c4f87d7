import { waitFor } from '@baton/testkit';
import { createParser } from 'eventsource-parser';
import { WebSocket } from 'ws';

import { FIRST_KEY, type TestGateway } from './gateway.fixture.js';

export interface Event {
  readonly id: string | undefined;
  readonly type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire; the test says what it must be
  readonly data: any;
}

/** A client that keeps what it was sent. */
abstract class StreamClient {
  readonly events: Event[] = [];
  abstract readonly isOpen: boolean;

  /** The events of a type, waited for until there are this many. */
  async until(count: number, type?: string): Promise<readonly Event[]> {
    const found = () => this.events.filter((event) => type === undefined || event.type === type);
    try {
      return await waitFor(() => found().length >= count && found(), {
        what: `${count} ${type ?? 'events'}`,
        everyMs: 2,
      });
    } catch (error) {
      const came = JSON.stringify(this.events.map((event) => event.type));
      throw new Error(`${(error as Error).message}; there came ${came}`, { cause: error });
    }
  }

  async untilClosed(): Promise<void> {
    await waitFor(() => !this.isOpen, { what: 'the stream to end', everyMs: 2 });
  }
}

export class SseClient extends StreamClient {
  status = 0;
  headers = new Headers();
  comments = 0;
  isOpen = true;
  /** As a browser would send it with its next connection. */
  lastEventId: string | undefined;
  private readonly abort = new AbortController();

  static async open(
    gateway: TestGateway,
    path: string,
    options: { token?: string; lastEventId?: string } = {},
  ): Promise<SseClient> {
    const client = new SseClient();
    const response = await fetch(`${gateway.url}${path}`, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${options.token ?? FIRST_KEY}`,
        ...(options.lastEventId !== undefined && { 'last-event-id': options.lastEventId }),
      },
      signal: client.abort.signal,
    });
    client.status = response.status;
    client.headers = response.headers;
    void client.read(response);
    return client;
  }

  close(): void {
    this.abort.abort();
  }

  private async read(response: Response): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) this.lastEventId = id;
        this.events.push({ id, type: event ?? 'message', data: JSON.parse(data) as unknown });
      },
      onComment: () => (this.comments += 1),
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        const text = decoder.decode(chunk as Uint8Array, { stream: true });
        this.lastEventId = /^id: (.+)\n\n/.exec(text)?.[1] ?? this.lastEventId;
        parser.feed(text);
      }
    } catch {
      // The gateway cut it off, or the test did.
    }
    this.isOpen = false;
  }
}

export class SocketClient extends StreamClient {
  closeCode: number | undefined;
  closeReason = '';
  pings = 0;

  private constructor(readonly socket: WebSocket) {
    super();
    socket.on('message', (data: Buffer) => {
      const {
        id,
        type,
        data: content,
      } = JSON.parse(data.toString()) as { id: string; type: string; data: unknown };
      this.events.push({ id, type, data: content });
    });
    socket.on('ping', () => (this.pings += 1));
    socket.on('close', (code, reason) => {
      this.closeCode = code;
      this.closeReason = reason.toString();
    });
    socket.on('error', () => undefined);
  }

  get isOpen(): boolean {
    return this.closeCode === undefined;
  }

  get lastId(): string | undefined {
    return this.events.at(-1)?.id;
  }

  static async ticket(gateway: TestGateway, token?: string): Promise<string> {
    const answer = await gateway.call('POST', '/api/v1/ws-tickets', {
      ...(token !== undefined && { token }),
    });
    return (answer.body as { ticket: string }).ticket;
  }

  static async open(
    gateway: TestGateway,
    options: { token?: string; cursor?: string | undefined; origin?: string; ticket?: string } = {},
  ): Promise<SocketClient> {
    const ticket = options.ticket ?? (await SocketClient.ticket(gateway, options.token));
    const cursor = options.cursor === undefined ? '' : `&cursor=${encodeURIComponent(options.cursor)}`;
    const url = `${gateway.url.replace('http', 'ws')}/ws/staff?ticket=${ticket}${cursor}`;
    const socket = new WebSocket(url, { ...(options.origin !== undefined && { origin: options.origin }) });
    const client = new SocketClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => reject(new Error(`${response.statusCode} ${body}`)));
      });
      socket.once('error', reject);
    });
    return client;
  }

  close(): void {
    this.socket.close();
  }
}
