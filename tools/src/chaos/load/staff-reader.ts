import { setTimeout as delay } from 'node:timers/promises';

import { WebSocket } from 'ws';

import type { Client } from '../client.js';
import type { Random } from '../random.js';

interface Notification {
  readonly id?: string;
  readonly type: string;
  readonly data: {
    readonly conversation_id?: string;
    readonly message_id?: string | null;
    readonly version?: number;
  };
}

/** A desk that hears everything, is cut off now and then, and comes back with its last cursor. */
export class StaffReader {
  /** Message ids, and where in the stream they were told. */
  readonly messages = new Map<string, string>();
  /** Message ids that were told again. */
  readonly messagesAgain: { readonly messageId: string; readonly how: string }[] = [];
  /** Versions that were told behind later ones, or again. */
  readonly versionsAgain: {
    readonly conversationId: string;
    readonly version: number;
    readonly how: string;
  }[] = [];
  resumes = 0;
  /** Each time the server said that it can't go on from the cursor: what lies before may be missing. */
  readonly expiries: number[] = [];
  private readonly versions = new Map<string, { readonly version: number; readonly told: string }>();
  private cursor: string | undefined;
  private socket: WebSocket | undefined;
  private stopped = false;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly url: () => string,
    private readonly client: Client,
    private readonly random: Random,
  ) {}

  /** Connects, and resolves when it is connected the first time. */
  async start(): Promise<void> {
    const opened = Promise.withResolvers<void>();
    this.loop = this.run(opened.resolve);
    await opened.promise;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.socket?.terminate();
    await this.loop;
  }

  private async run(opened: () => void): Promise<void> {
    while (!this.stopped) {
      const { knowledge, body } = await this.client.post<{ ticket: string }>('/api/v1/ws-tickets');
      if (knowledge === 'done') await this.listen(body.ticket, opened);
      await delay(200);
    }
  }

  private listen(ticket: string, opened: () => void): Promise<void> {
    const cursor = this.cursor === undefined ? '' : `&cursor=${encodeURIComponent(this.cursor)}`;
    const socket = new WebSocket(`${this.url().replace('http', 'ws')}/ws/staff?ticket=${ticket}${cursor}`);
    this.socket = socket;
    const cut = setTimeout(() => socket.terminate(), this.random.int(2_000, 15_000));
    socket.on('open', () => {
      if (cursor !== '') this.resumes += 1;
      opened();
    });
    socket.on('message', (text: Buffer) => this.hear(JSON.parse(text.toString()) as Notification));
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(cut);
        resolve();
      };
      socket.on('close', end);
      socket.on('error', end);
    });
  }

  private hear({ id, type, data }: Notification): void {
    if (id !== undefined) this.cursor = id;
    if (type === 'cursor.expired') {
      this.expiries.push(Date.now());
      // What follows begins anew: it may tell again what was told.
      this.versions.clear();
      this.messages.clear();
      return;
    }
    const told = `${id} at ${new Date().toISOString().slice(11, 23)} (connection ${this.resumes})`;
    const conversationId = data.conversation_id ?? '';
    if (type === 'conversation.message' && typeof data.message_id === 'string') {
      const before = this.messages.get(data.message_id);
      if (before !== undefined)
        this.messagesAgain.push({ messageId: data.message_id, how: `${before}, then ${told}` });
      this.messages.set(data.message_id, told);
    }
    if (type === 'conversation.state' && data.version !== undefined) {
      const { version } = data;
      const before = this.versions.get(conversationId);
      if (before !== undefined && version <= before.version)
        this.versionsAgain.push({
          conversationId,
          version,
          how: `v${before.version} ${before.told}, then v${version} ${told}`,
        });
      else this.versions.set(conversationId, { version, told });
    }
  }
}
