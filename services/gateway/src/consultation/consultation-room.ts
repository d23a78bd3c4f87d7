import type { BusClient } from '@baton/bus';
import {
  type CompletionDelta,
  type ConsultationMessageView,
  type ConsultationNews,
  consultationRequests,
  type RecordedEvent,
  subjects,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import { newId } from '@baton/service';

import { deltaFrame, endFrame, messageFrame, resetFrame, type RoomFrame } from './room-frame.js';

export interface RoomListener {
  hear(frame: RoomFrame): void;
}

/** How long the quick way may take before the log is asked instead. */
const GRACE_MS = 100;
const RETRY_MS = 500;
const PAGE = 200;
/** Answers whose tokens come too late; a consultation has few at once. */
const MOST_SETTLED = 100;

/**
 * Everybody of this process who is in one consultation. What is said is heard over core NATS, which may lose it; the
 * versions tell what is missing, and that is read from the log. So each hears everything once, in its order.
 */
export class ConsultationRoom {
  private readonly listeners = new Set<RoomListener>();
  private readonly stops: (() => void)[];
  /** What is heard before it is known where the history stands. */
  private early: ConsultationNews[] | null = [];
  private last = 0;
  private lastMessageId: string | undefined;
  private reading: Promise<void> | undefined;
  private readonly speaking = new Map<string, string>();
  private readonly settled = new Set<string>();
  private isClosed = false;

  constructor(
    private readonly bus: BusClient,
    private readonly tenantId: string,
    private readonly consultationId: string,
    private readonly failed: (error: unknown) => void,
  ) {
    this.stops = [
      bus.subscribe(subjects.consultationNews(tenantId, consultationId), (news) =>
        this.hear(news as ConsultationNews),
      ),
      bus.subscribe(subjects.consultationDeltasOf(tenantId, consultationId), (delta, subject) =>
        this.speak(subject.slice(subject.lastIndexOf('.') + 1), delta as CompletionDelta),
      ),
      bus.subscribeEvents(subjects.eventsOfStream(tenantId, 'consultation', consultationId), (event) =>
        this.notice(event),
      ),
    ];
  }

  /** Where it stands for whoever comes in now. */
  get position(): number {
    return this.last;
  }

  get isEmpty(): boolean {
    return this.listeners.size === 0;
  }

  /** The history is known up to this message: from here on all is told. */
  begin(latest: ConsultationMessageView | undefined, isEnded: boolean): void {
    if (!this.early) return;
    const early = this.early;
    this.early = null;
    // Behind its last message an ended one has its end.
    this.last = (latest?.position ?? 0) + (isEnded ? 1 : 0);
    this.lastMessageId = latest?.message_id;
    for (const news of early) this.hear(news);
  }

  add(listener: RoomListener): void {
    this.listeners.add(listener);
  }

  remove(listener: RoomListener): void {
    this.listeners.delete(listener);
  }

  /** Something may have been missed. */
  lookAgain(): void {
    if (!this.early) this.catchUp();
  }

  close(): void {
    this.isClosed = true;
    for (const stop of this.stops.splice(0)) stop();
  }

  private hear(news: ConsultationNews): void {
    if (this.early) {
      this.early.push(news);
      return;
    }
    if (news.version <= this.last) return;
    if (news.version > this.last + 1) return this.catchUp();
    if (news.type === 'message') this.tell(news.message);
    else this.end(news.version, news.outcome, news.cause);
  }

  /** The event itself, a little later: whoever has it already does nothing. */
  private notice(event: RecordedEvent): void {
    setTimeout(() => {
      if (this.isClosed || this.early || event.version <= this.last) return;
      if (event.type === 'consultation.ended' && event.version === this.last + 1) {
        const { outcome, cause } = event.data as { outcome: string; cause: string };
        return this.end(event.version, outcome, cause);
      }
      this.catchUp(event);
    }, GRACE_MS).unref();
  }

  private speak(messageId: string, { call_id, text }: CompletionDelta): void {
    if (this.settled.has(messageId)) return;
    const before = this.speaking.get(messageId);
    // What was said beside a tool call, or by an attempt that broke off, is not the answer.
    if (before !== undefined && before !== call_id) this.broadcast(resetFrame(messageId));
    this.speaking.set(messageId, call_id);
    this.broadcast(deltaFrame(messageId, text));
  }

  private tell(message: ConsultationMessageView): void {
    this.last = message.position;
    this.lastMessageId = message.message_id;
    if (message.role !== 'HUMAN') this.settle(message.message_id);
    this.broadcast(messageFrame(message));
  }

  private settle(messageId: string): void {
    this.speaking.delete(messageId);
    this.settled.add(messageId);
    const [oldest] = this.settled;
    if (this.settled.size > MOST_SETTLED && oldest !== undefined) this.settled.delete(oldest);
  }

  private end(position: number, outcome: string, cause: string): void {
    this.last = position;
    this.broadcast(endFrame(this.consultationId, { position, outcome, cause }));
  }

  private broadcast(frame: RoomFrame): void {
    for (const listener of this.listeners) listener.hear(frame);
  }

  /** @param upTo what there is to be found; an end comes behind the last message, and is looked at again */
  private catchUp(upTo?: RecordedEvent): void {
    this.reading ??= this.read()
      .catch((error: unknown) => {
        if (this.isClosed) return;
        this.failed(error);
        setTimeout(() => this.lookAgain(), RETRY_MS).unref();
      })
      .finally(() => (this.reading = undefined));
    if (upTo) void this.reading.then(() => this.notice(upTo));
  }

  private async read(): Promise<void> {
    let cursor: string | undefined;
    while (!this.isClosed) {
      const page = await this.bus.request(
        consultationRequests.messages,
        { tenant_id: this.tenantId, actor: SYSTEM_ACTOR, request_id: newId('req') },
        {
          consultation_id: this.consultationId,
          limit: PAGE,
          ...(cursor !== undefined ? { cursor } : { after: this.lastMessageId }),
        },
      );
      for (const message of page.items) if (message.position > this.last) this.tell(message);
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }
}
