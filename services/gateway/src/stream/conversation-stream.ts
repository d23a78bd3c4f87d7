import type { BusClient } from '@baton/bus';
import {
  type Delta,
  eventView,
  isBatonError,
  logRequests,
  type RecordedEvent,
  type RequestContext,
  staffRequests,
} from '@baton/contracts';

import { customerEvent } from '../conversation/customer-view.js';
import { awaitedHandover } from './awaited-handover.js';
import type { ConversationNews, News } from './conversation-news.js';
import { admitDelta, afterEvent, type DeltaMarks, NO_MARKS } from './deltas.js';
import type { Typing } from './ephemeral.js';
import type { EventOpener } from './event-opener.js';
import { sseEvent } from './frame.js';
import { beginPush, endPush } from './push-span.js';
import type { SseChannel } from './sse-channel.js';

/** What a stream reads and where it writes. */
export interface ConversationStreamParts {
  readonly bus: BusClient;
  readonly opener: EventOpener;
  /** Heard from before the stream was opened, so that nothing falls between. */
  readonly news: ConversationNews;
  readonly channel: SseChannel;
}

/** Whose stream it is. */
export interface ConversationStreamOptions {
  readonly ctx: RequestContext;
  readonly conversationId: string;
  /** The version the client has already. */
  readonly after: number;
  readonly isCustomer: boolean;
}

const PAGE = 500;
const PLACE_WITHIN_MS = 1000;
/** How far back a resumed stream looks for who may speak now. */
const LOOK_BACK = 100;

/**
 * The log of one conversation and what follows it, live. What is heard live only says that there is news: each
 * version is sent once and in order, and where one is missing the log is read.
 */
export class ConversationStream {
  private version: number;
  private marks: DeltaMarks = NO_MARKS;
  private isOver = false;
  /** The history is told: what comes now has just happened. */
  private isLive = false;
  /** The hand-over that waits for a person, as far as the log was read. */
  private awaited: string | null = null;

  constructor(
    private readonly parts: ConversationStreamParts,
    private readonly options: ConversationStreamOptions,
  ) {
    this.version = Math.max(0, options.after - LOOK_BACK);
  }

  /** Resolves when the stream has ended. */
  async run(): Promise<void> {
    const { channel, news } = this.parts;
    channel.whenClosed(() => {
      this.isOver = true;
      news.end();
    });
    try {
      await this.readLog();
      await this.tellPlace();
      this.isLive = true;
      for (let next = await news.next(); next && !channel.isTooSlow; next = await news.next()) {
        await this.tell(next);
      }
    } finally {
      // One that could not keep pace, or could not be told, comes back for the rest.
      if (!channel.isClosed) channel.cutOff();
    }
  }

  private async tell(news: News): Promise<void> {
    switch (news.kind) {
      case 'event':
        if (news.event.version === this.version + 1) return this.tellEvent(news.event);
        if (news.event.version > this.version) return this.readLog();
        return;
      case 'delta':
        return this.tellDelta(news.delta);
      case 'typing':
        return this.tellTyping(news.typing);
      case 'position': {
        const { type, ...place } = news.position;
        return this.write(type, place);
      }
      case 'look':
        return this.readLog();
      default:
        return news satisfies never;
    }
  }

  /** Whoever comes while they wait is told where they stand; later the queue tells it as it moves. */
  private async tellPlace(): Promise<void> {
    const { awaited, options, parts } = this;
    if (awaited === null || this.isOver) return;
    try {
      const body = { handover_id: awaited };
      const place = await parts.bus.request(staffRequests.queuePosition, options.ctx, body, {
        timeoutMs: PLACE_WITHIN_MS,
      });
      if (place) this.write('queue.position', { handover_id: awaited, ...place });
    } catch (error) {
      // The queue's next move tells it.
      if (!isBatonError(error) || !error.retryable) throw error;
    }
  }

  private async readLog(): Promise<void> {
    const { ctx, conversationId } = this.options;
    while (!this.isOver) {
      const { events } = await this.parts.bus.request(logRequests.orchestrator, ctx, {
        stream: { stream_type: 'conversation', stream_id: conversationId, after_version: this.version },
        limit: PAGE,
      });
      for (const event of events) {
        await this.tellEvent(event);
        await this.parts.channel.drained();
        if (this.isOver) return;
      }
      if (events.length < PAGE) return;
    }
  }

  private async tellEvent(sealed: RecordedEvent): Promise<void> {
    const after = afterEvent(this.marks, sealed);
    const { turn, attempt, ownerEpoch } = this.marks;
    this.marks = after.marks;
    this.version = sealed.version;
    this.awaited = awaitedHandover(this.awaited, sealed);
    if (sealed.version <= this.options.after) return;
    const span = this.isLive ? beginPush(sealed, 'conversation') : undefined;
    const event = await this.parts.opener.open(sealed);
    if (after.isWithdrawn) {
      this.write('delta.reset', { turn_number: turn, attempt, owner_epoch: ownerEpoch });
    }
    const view = this.options.isCustomer ? customerEvent(eventView(event)) : eventView(event);
    if (view) {
      this.parts.channel.write(sseEvent({ id: view.version, event: view.type, data: view }));
      if (span) endPush(span, 1);
    }
    if (event.type === 'conversation.erased') this.parts.channel.end();
  }

  private tellDelta(delta: Delta): void {
    const { marks, shown } = admitDelta(this.marks, delta);
    this.marks = marks;
    for (const { type, ...data } of shown) this.write(type, data);
  }

  /** To the other side: nobody is shown that they type themselves. */
  private tellTyping({ type, ...data }: Typing): void {
    if (this.options.isCustomer && data.sender_type === 'user') return;
    this.write(type, data);
  }

  /** Without an id: a reconnection does not begin behind it. */
  private write(event: string, data: unknown): void {
    this.parts.channel.write(sseEvent({ event, data }));
  }
}
