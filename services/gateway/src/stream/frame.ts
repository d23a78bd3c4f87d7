import type { Notification } from './notification.js';

/** A notification at its place in the stream, written once for all who hear it. */
export class Frame {
  private socket: Buffer | undefined;
  private sse: string | undefined;

  constructor(
    readonly cursor: string,
    readonly notification: Notification,
  ) {}

  /** As a WebSocket text message: the same bytes for every socket. */
  get socketBytes(): Buffer {
    const { type, data } = this.notification;
    return (this.socket ??= Buffer.from(JSON.stringify({ id: this.cursor, type, data })));
  }

  /** As a server-sent event. */
  get sseText(): string {
    const { type, data } = this.notification;
    return (this.sse ??= sseEvent({ id: this.cursor, event: type, data }));
  }
}

/** One server-sent event; JSON holds no line break that would end it early. */
export const sseEvent = (event: {
  readonly id?: string | number;
  readonly event: string;
  readonly data: unknown;
}): string => {
  const id = event.id === undefined ? '' : `id: ${event.id}\n`;
  return `${id}event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
};
