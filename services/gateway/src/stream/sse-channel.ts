import type { ServerResponse } from 'node:http';

import type { FastifyReply, FastifyRequest } from 'fastify';

const MAX_BACKLOG_BYTES = 1_048_576;
/** Until what was written is taken; a client that takes nothing for this long is gone. */
const DRAIN_LIMIT_MS = 30_000;
const END_LIMIT_MS = 1_000;

export const EVENT_STREAM = 'text/event-stream';

/** True where the caller asks for a stream, and no less for it than for a page of JSON. */
export const wantsEventStream = ({
  method,
  headers,
}: Pick<FastifyRequest, 'method' | 'headers'>): boolean => {
  if (method !== 'GET') return false;
  const asked = (headers.accept ?? '').toLowerCase().split(',').map(mediaRange);
  const stream = qualityOf(asked, EVENT_STREAM);
  return stream > 0 && stream >= qualityOf(asked, 'application/json');
};

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

const mediaRange = (text: string): MediaRange => {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = weight === undefined ? 1 : Number(weight);
  return { type, quality: Number.isFinite(quality) ? quality : 0 };
};

/** By name only: with a wildcard a caller is content with the page, which ends. */
const qualityOf = (asked: readonly MediaRange[], type: string): number =>
  asked.find((range) => range.type === type)?.quality ?? 0;

/** An open `text/event-stream` response. */
export class SseChannel {
  private readonly raw: ServerResponse;
  private readonly onClosed: (() => void)[] = [];
  private closed = false;

  /** Takes the response over from Fastify, with the headers that were set on it. */
  constructor(reply: FastifyReply) {
    reply.hijack();
    this.raw = reply.raw;
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) this.raw.setHeader(name, value);
    }
    this.raw.writeHead(200, {
      'content-type': `${EVENT_STREAM}; charset=utf-8`,
      'cache-control': 'no-store',
      // Proxies that buffer would make a stream of nothing.
      'x-accel-buffering': 'no',
    });
    this.raw.flushHeaders();
    reply.request.streamOpened?.();
    this.raw.once('close', () => this.finish());
    this.raw.on('error', () => this.finish());
    // A client that went before this will not go again.
    if (this.raw.destroyed) this.finish();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get backlogBytes(): number {
    return this.raw.writableLength;
  }

  get isTooSlow(): boolean {
    return this.backlogBytes > MAX_BACKLOG_BYTES;
  }

  write(text: string): void {
    if (!this.closed) this.raw.write(text);
  }

  /** Keeps proxies and half-open connections honest. */
  heartbeat(): void {
    this.write(':\n\n');
  }

  /** Resolves when the client has taken what was written, or has gone. */
  async drained(): Promise<void> {
    if (this.closed || !this.raw.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.raw.off('drain', done);
        this.raw.off('close', done);
        resolve();
      };
      const timer = setTimeout(() => {
        this.raw.destroy();
        done();
      }, DRAIN_LIMIT_MS);
      this.raw.once('drain', done);
      this.raw.once('close', done);
    });
  }

  /** After what was written before; a client that has not taken it within `limitMs` is cut off. */
  end(lastWord?: string, limitMs = END_LIMIT_MS): void {
    if (this.closed) return;
    const timer = setTimeout(() => this.raw.destroy(), limitMs).unref();
    this.raw.once('close', () => clearTimeout(timer));
    this.raw.end(lastWord);
    this.finish();
  }

  /** What is still to be sent is lost: the client comes back for it. */
  cutOff(): void {
    this.raw.destroy();
    this.finish();
  }

  whenClosed(listener: () => void): void {
    if (this.closed) listener();
    else this.onClosed.push(listener);
  }

  private finish(): void {
    if (this.closed) return;
    this.closed = true;
    for (const listener of this.onClosed) listener();
  }
}
