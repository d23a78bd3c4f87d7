import { setTimeout as sleep } from 'node:timers/promises';

import type { BusClient } from '@baton/bus';
import {
  BatonError,
  consultationRequests,
  type Page,
  type ConsultationMessageView,
  type RequestContext,
  toProblemDetails,
} from '@baton/contracts';

import { toBatonError } from '../problem/to-problem.js';
import type { CloseReason } from '../stream/staff-session.js';
import type { RoomListener } from './consultation-room.js';
import { messageFrame, type RoomFrame } from './room-frame.js';

/** Where a participant's frames go. */
export interface ParticipantSink {
  send(bytes: Buffer): void;
  /** Sent and not taken by the client's side yet. */
  readonly backlogBytes: number;
  close(reason: CloseReason): void;
}

export const TOO_SLOW: CloseReason = {
  code: 1013,
  reason: 'Too slow: reconnect with ?after= the last message you have',
  name: 'too_slow',
};

const MAX_BACKLOG_BYTES = 1_048_576;
const HISTORY_BACKLOG_BYTES = 262_144;
const HISTORY_PAUSE_MS = 10;
const HISTORY_LIMIT_MS = 30_000;
const MAX_WAITING = 10_000;
const PAGE = 200;
/** Questions that wait for their place in the log: a client that sends more has lost its way. */
const MOST_UNSENT = 32;
const LONGEST_MESSAGE = 32_000;

/** One participant: hears what is said behind what they have, and says what they send, in its order. */
export class ConsultationSession implements RoomListener {
  private waiting: RoomFrame[] | null = [];
  private last = 0;
  private isOver = false;
  private unsent = 0;
  private saying: Promise<void> = Promise.resolve();

  constructor(
    private readonly bus: Pick<BusClient, 'request'>,
    private readonly consultationId: string,
    private readonly sink: ParticipantSink,
    /** As whom they speak now. @throws BatonError where they may not any more */
    private readonly context: () => Promise<RequestContext>,
  ) {}

  hear(frame: RoomFrame): void {
    if (this.isOver) return;
    if (!this.waiting) return this.tell(frame);
    if (this.waiting.length >= MAX_WAITING) return this.close(TOO_SLOW);
    this.waiting.push(frame);
  }

  /** From here on what comes is told: what is up to this place they have, or did not ask for. */
  goLive(position: number): void {
    this.last = Math.max(this.last, position);
    const waiting = this.waiting ?? [];
    this.waiting = null;
    for (const frame of waiting) this.tell(frame);
  }

  /** What came behind a message that they have, then what comes. @throws BatonError `validation-failed`, `erased` */
  async resume(first: Page<ConsultationMessageView>): Promise<void> {
    let page = first;
    for (;;) {
      for (const message of page.items) this.tell(messageFrame(message));
      await this.keepPace();
      if (page.next_cursor === null || this.isOver) break;
      page = await this.page(await this.context(), { cursor: page.next_cursor });
    }
    this.goLive(this.last);
  }

  page(
    ctx: RequestContext,
    from: { readonly after: string } | { readonly cursor: string },
  ): Promise<Page<ConsultationMessageView>> {
    const body = { consultation_id: this.consultationId, limit: PAGE, ...from };
    return this.bus.request(consultationRequests.messages, ctx, body);
  }

  /** What the client sent: a message, or something that is none. */
  receive(text: string): void {
    if (this.unsent >= MOST_UNSENT)
      return this.refuse(new BatonError('too-many-requests', 'You send faster than can be written down'));
    this.unsent += 1;
    this.saying = this.saying
      .then(() => this.say(text))
      .catch((error: unknown) => this.refuse(error))
      .finally(() => (this.unsent -= 1));
  }

  close(reason: CloseReason): void {
    if (this.isOver) return;
    this.isOver = true;
    this.sink.close(reason);
  }

  /** The client went. */
  end(): void {
    this.isOver = true;
    this.waiting = null;
  }

  private async say(text: string): Promise<void> {
    const body = { consultation_id: this.consultationId, message: messageOf(text) };
    // Heard by everybody, them too, when it is in the log.
    await this.bus.request(consultationRequests.send, await this.context(), body);
  }

  private tell({ position, bytes }: RoomFrame): void {
    if (this.isOver) return;
    if (position !== null) {
      if (position <= this.last) return;
      this.last = position;
    }
    this.sink.send(bytes);
    if (this.sink.backlogBytes > MAX_BACKLOG_BYTES) this.close(TOO_SLOW);
  }

  private async keepPace(): Promise<void> {
    const until = performance.now() + HISTORY_LIMIT_MS;
    while (!this.isOver && this.sink.backlogBytes > HISTORY_BACKLOG_BYTES) {
      if (performance.now() > until) return this.close(TOO_SLOW);
      await sleep(HISTORY_PAUSE_MS);
    }
  }

  /** The socket stays open. `type` says what the frame is, so the problem's own type stands beside it. */
  private refuse(thrown: unknown): void {
    if (this.isOver) return;
    const error = toBatonError(thrown) ?? new BatonError('internal', 'An unexpected error');
    const { type: problem, ...details } = toProblemDetails(error);
    this.sink.send(Buffer.from(JSON.stringify({ ...details, type: 'error', problem })));
  }
}

/** @throws BatonError `validation-failed` */
const messageOf = (text: string): string => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new BatonError('validation-failed', 'This is not JSON');
  }
  const message =
    typeof body === 'object' && body !== null ? (body as { message?: unknown }).message : undefined;
  if (typeof message !== 'string') throw invalid('must be a text');
  if (message.trim() === '') throw invalid('must hold more than white space');
  if ([...message].length > LONGEST_MESSAGE) throw invalid(`must have at most ${LONGEST_MESSAGE} characters`);
  return message;
};

const invalid = (message: string): BatonError =>
  new BatonError('validation-failed', 'The message is not valid', { errors: [{ path: 'message', message }] });
