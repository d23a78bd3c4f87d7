import type { BusClient } from '@baton/bus';
import { type Delta, QueuePositionNews, type RecordedEvent, subjects } from '@baton/contracts';

import { DeltaMessage } from './deltas.js';
import { Typing } from './ephemeral.js';

export type News =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'delta'; readonly delta: Delta }
  | { readonly kind: 'typing'; readonly typing: Typing }
  | { readonly kind: 'position'; readonly position: QueuePositionNews }
  | { readonly kind: 'look' };

const MAX_NEWS = 10_000;

/**
 * What is heard of one conversation from now on, kept until it is taken. NATS takes a connection's words in order: whatever
 * is published after the answer to a request that this process asked later is surely heard.
 */
export class ConversationNews {
  private readonly kept: News[] = [];
  private readonly stops: (() => void)[] = [];
  private wake: () => void = () => undefined;
  private isOver = false;

  constructor(bus: BusClient, tenantId: string, conversationId: string) {
    this.stops.push(
      bus.subscribeEvents(subjects.eventsOfStream(tenantId, 'conversation', conversationId), (event) =>
        this.add({ kind: 'event', event }),
      ),
      bus.subscribe(subjects.deltas(tenantId, conversationId), (message) => {
        const delta = DeltaMessage.safeParse(message);
        if (delta.success) this.add({ kind: 'delta', delta: delta.data as Delta });
      }),
      bus.subscribe(subjects.ephemeral(tenantId, conversationId), (message) => {
        const typing = Typing.safeParse(message);
        if (typing.success) return this.add({ kind: 'typing', typing: typing.data });
        const position = QueuePositionNews.safeParse(message);
        if (position.success) this.add({ kind: 'position', position: position.data });
      }),
    );
  }

  /** Something may have been missed: look at the log. */
  look(): void {
    if (!this.kept.some(({ kind }) => kind === 'look')) this.add({ kind: 'look' });
  }

  /** The next, as soon as there is one; undefined once it is over, also because more came than can be kept. */
  async next(): Promise<News | undefined> {
    while (!this.isOver) {
      const next = this.kept.shift();
      if (next) return next;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return undefined;
  }

  /** Listens no longer. */
  end(): void {
    this.isOver = true;
    this.kept.length = 0;
    for (const stop of this.stops.splice(0)) stop();
    this.wake();
  }

  private add(news: News): void {
    if (this.isOver) return;
    if (this.kept.length >= MAX_NEWS) return this.end();
    this.kept.push(news);
    this.wake();
  }
}
