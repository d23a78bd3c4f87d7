import { setTimeout as sleep } from 'node:timers/promises';

import type { OpenSpan } from '@baton/service';

import type { Frame } from './frame.js';
import { mayHear } from './notification.js';
import type { StaffViewer } from './staff-viewer.js';

/** Why a stream ends before its client wants it to; the client comes back with its last cursor. */
export interface CloseReason {
  /** Of the WebSocket (RFC 6455, 7.4); over server-sent events the same number. */
  readonly code: 1001 | 1008 | 1011 | 1013;
  readonly reason: string;
  /** In metrics. */
  readonly name: string;
}

export const TOO_SLOW: CloseReason = {
  code: 1013,
  reason: 'Too slow: reconnect with your last cursor',
  name: 'too_slow',
};
export const RESYNC: CloseReason = {
  code: 1013,
  reason: 'Reconnect with your last cursor',
  name: 'resync',
};
export const EXPIRED: CloseReason = { code: 1008, reason: 'The token has expired', name: 'expired' };
export const REVOKED: CloseReason = { code: 1008, reason: 'The token is no longer valid', name: 'revoked' };
export const GOING_AWAY: CloseReason = {
  code: 1001,
  reason: 'Restarting: reconnect with your last cursor',
  name: 'going_away',
};

/**
 * How long a client that is told why it is let go may take for what it was sent before: the slow one reads on, and
 * hears the reason. A process that ends waits less.
 */
export const closeLimitMs = ({ code }: CloseReason): number => (code === GOING_AWAY.code ? 1_000 : 10_000);

/** Where a session's frames go: a WebSocket or an SSE response. */
export interface StaffSink {
  send(frame: Frame): void;
  /** Sent but not yet taken by the client's side. */
  readonly backlogBytes: number;
  close(reason: CloseReason): void;
}

/** All that an event came to, at its place in one life of the stream. */
export interface Heard {
  /** Of a live event: when what it tells happened. */
  readonly occurredAt?: string;
  /** Of a live event: ended when it was told. */
  readonly span?: OpenSpan;
  readonly epoch: string;
  readonly sequence: number;
  readonly frames: readonly Frame[];
}

const MAX_BACKLOG_BYTES = 1_048_576;
const MAX_WAITING = 10_000;
const HISTORY_BACKLOG_BYTES = 262_144;
const HISTORY_PAUSE_MS = 10;
const HISTORY_LIMIT_MS = 30_000;

/**
 * One client of the staff stream. While it catches up, live events wait; the border is where it
 * joined: up to it the history is read, from there on the live stream is heard, so nothing is missed or doubled.
 */
export class StaffSession {
  private waiting: Heard[] | null = [];
  private closed = false;

  /** @param had notifications of the first event behind its cursor that the client has already */
  constructor(
    public viewer: StaffViewer,
    private readonly sink: StaffSink,
    private readingEpoch: string,
    private joinedAt: number,
    private had?: { readonly sequence: number; readonly count: number } | undefined,
    private readonly onClosed: (reason: CloseReason) => void = () => undefined,
  ) {}

  /** The live stream is heard behind this sequence. */
  get border(): number {
    return this.joinedAt;
  }

  /** The life of the stream that its places are of. */
  get epoch(): string {
    return this.readingEpoch;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Waits until the client has taken most of what it was told: history comes faster than any client reads. */
  async keepPace(): Promise<void> {
    const until = performance.now() + HISTORY_LIMIT_MS;
    while (!this.closed && this.sink.backlogBytes > HISTORY_BACKLOG_BYTES) {
      if (performance.now() > until) return this.close(TOO_SLOW);
      await sleep(HISTORY_PAUSE_MS);
    }
  }

  /** An event of the live stream; of the life that this client reads: another's numbers mean other events. */
  hear(heard: Heard): void {
    if (this.closed || heard.epoch !== this.readingEpoch || heard.sequence <= this.joinedAt) return;
    if (!this.waiting) return this.tell(heard);
    if (this.waiting.length >= MAX_WAITING) return this.close(TOO_SLOW);
    this.waiting.push(heard);
  }

  /** An event of the history, or one whose turn has come. */
  tell({ sequence, frames }: Heard): void {
    const unheard = this.had?.sequence === sequence ? frames.slice(this.had.count) : frames;
    for (const frame of unheard) {
      if (this.closed || !mayHear(frame.notification, this.viewer)) continue;
      this.sink.send(frame);
      if (this.sink.backlogBytes > MAX_BACKLOG_BYTES) return this.close(TOO_SLOW);
    }
  }

  /** The history is told: what waited follows, then all that comes. */
  goLive(): void {
    const waiting = this.waiting ?? [];
    this.waiting = null;
    for (const heard of waiting) this.tell(heard);
  }

  /** Its history is being read by numbers that mean other events by now: it cannot be told on. */
  loseHistory(epoch: string): void {
    if (this.waiting && this.readingEpoch !== epoch) this.close(RESYNC);
  }

  /** The stream's numbers begin again; no news to a client that joined since. */
  beginEpoch(notice: Heard): void {
    if (this.readingEpoch === notice.epoch) return;
    if (this.waiting) return this.close(RESYNC);
    this.readingEpoch = notice.epoch;
    this.joinedAt = 0;
    this.had = undefined;
    this.tell(notice);
  }

  close(reason: CloseReason): void {
    if (this.closed) return;
    this.end();
    this.onClosed(reason);
    this.sink.close(reason);
  }

  /** The client itself went. */
  end(): void {
    this.closed = true;
    this.waiting = null;
  }
}
