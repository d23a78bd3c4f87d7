import type { BusClient } from '@baton/bus';
import {
  type Delta,
  eventView,
  logRequests,
  type RecordedEvent,
  type RequestContext,
  subjects,
} from '@baton/contracts';

import { customerEvent } from '../conversation/customer-view.js';
import { admitDelta, afterEvent, type DeltaMarks, DeltaMessage, NO_MARKS } from './deltas.js';
import { Typing } from './ephemeral.js';
import type { EventOpener } from './event-opener.js';
import { sseEvent } from './frame.js';
import type { SseChannel } from './sse-channel.js';

/** What a stream reads and where it writes. */
export interface ConversationStreamParts {
  readonly bus: BusClient;
  readonly opener: EventOpener;
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

type News =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'delta'; readonly delta: Delta }
  | { readonly kind: 'typing'; readonly typing: Typing }
  | { readonly kind: 'look' };

const PAGE = 500;
/** How far back a resumed stream looks for who may speak now. */
const LOOK_BACK = 100;
const MAX_NEWS = 10_000;

/**
 * The log of one conversation and what follows it, live. What is heard live only says that there is news: each
 * version is sent once and in order, and where one is missing the log is read.
 */
export class ConversationStream {
  private readonly news: News[] = [];
  private wake: () => void = () => undefined;
  private version: number;
  private marks: DeltaMarks = NO_MARKS;
  private isOver = false;
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly parts: ConversationStreamParts,
    private readonly options: ConversationStreamOptions,
  ) {
    this.version = Math.max(0, options.after - LOOK_BACK);
  }

  /** Listens before it reads, so that nothing falls between; resolves when the stream has ended. */
  async run(): Promise<void> {
    this.listen();
    this.parts.channel.whenClosed(() => this.end());
    try {
      await this.readLog();
      while (!this.isOver) {
        const next = this.news.shift();
        if (next) await this.tell(next);
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      for (const stop of this.stops) stop();
    }
  }

  /** Something may have been missed: look at the log. */
  look(): void {
    if (!this.news.some(({ kind }) => kind === 'look')) this.add({ kind: 'look' });
  }

  private end(): void {
    this.isOver = true;
    this.wake();
  }

  private listen(): void {
    const { bus } = this.parts;
    const { ctx, conversationId } = this.options;
    const tenant = ctx.tenant_id;
    this.stops.push(
      bus.subscribeEvents(subjects.eventsOfStream(tenant, 'conversation', conversationId), (event) =>
        this.add({ kind: 'event', event }),
      ),
      bus.subscribe(subjects.deltas(tenant, conversationId), (message) => {
        const delta = DeltaMessage.safeParse(message);
        if (delta.success) this.add({ kind: 'delta', delta: delta.data as Delta });
      }),
      bus.subscribe(subjects.ephemeral(tenant, conversationId), (message) => {
        const typing = Typing.safeParse(message);
        if (typing.success) this.add({ kind: 'typing', typing: typing.data });
      }),
    );
  }

  private add(news: News): void {
    if (this.isOver) return;
    if (this.news.length >= MAX_NEWS || this.parts.channel.isTooSlow) return this.parts.channel.cutOff();
    this.news.push(news);
    this.wake();
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
      case 'look':
        return this.readLog();
      default:
        return news satisfies never;
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
    if (sealed.version <= this.options.after) return;
    const event = await this.parts.opener.open(sealed);
    if (after.isWithdrawn) {
      this.write('delta.reset', { turn_number: turn, attempt, owner_epoch: ownerEpoch });
    }
    const view = this.options.isCustomer ? customerEvent(eventView(event)) : eventView(event);
    if (view) this.parts.channel.write(sseEvent({ id: view.version, event: view.type, data: view }));
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
