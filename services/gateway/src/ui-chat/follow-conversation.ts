import type { BusClient } from '@baton/bus';
import {
  type EventView,
  eventView,
  logRequests,
  type RecordedEvent,
  type RequestContext,
} from '@baton/contracts';

import { customerEvent } from '../conversation/customer-view.js';
import type { ConversationNews } from '../stream/conversation-news.js';
import { admitDelta, afterEvent, type DeltaMarks, NO_MARKS } from '../stream/deltas.js';
import type { EventOpener } from '../stream/event-opener.js';

/** What is told of a conversation to whoever follows it. */
export type Followed =
  | { readonly kind: 'event'; readonly event: EventView }
  | { readonly kind: 'delta'; readonly turn_number: number; readonly content: string }
  | { readonly kind: 'delta.reset' }
  /** All that was in the log at the beginning is told. */
  | { readonly kind: 'live' };

export interface FollowOptions {
  readonly bus: BusClient;
  readonly opener: EventOpener;
  /** Heard from before the caller's own question, so that nothing falls between. Ended by the caller. */
  readonly news: ConversationNews;
  readonly ctx: RequestContext;
  readonly conversationId: string;
  /** The version that is known already. */
  readonly after: number;
  readonly isCustomer: boolean;
}

const PAGE = 500;

/** The log behind a version and what follows it, each event once and in order, and the words between; ends with its news. */
export async function* followConversation(options: FollowOptions): AsyncGenerator<Followed, void> {
  const { bus, opener, news, ctx, conversationId, isCustomer } = options;
  let version = options.after;
  let marks: DeltaMarks = NO_MARKS;

  async function* tell(sealed: RecordedEvent): AsyncGenerator<Followed, void> {
    const after = afterEvent(marks, sealed);
    marks = after.marks;
    version = sealed.version;
    if (after.isWithdrawn) yield { kind: 'delta.reset' };
    const view = eventView(await opener.open(sealed));
    const shown = isCustomer ? customerEvent(view) : view;
    if (shown) yield { kind: 'event', event: shown };
  }

  async function* readLog(): AsyncGenerator<Followed, void> {
    for (let isMore = true; isMore;) {
      const { events } = await bus.request(logRequests.orchestrator, ctx, {
        stream: { stream_type: 'conversation', stream_id: conversationId, after_version: version },
        limit: PAGE,
      });
      for (const event of events) yield* tell(event);
      isMore = events.length === PAGE;
    }
  }

  yield* readLog();
  yield { kind: 'live' };
  for (let next = await news.next(); next; next = await news.next()) {
    if (next.kind === 'event') {
      if (next.event.version === version + 1) yield* tell(next.event);
      else if (next.event.version > version) yield* readLog();
    } else if (next.kind === 'look') {
      yield* readLog();
    } else if (next.kind === 'delta') {
      const admitted = admitDelta(marks, next.delta);
      marks = admitted.marks;
      for (const delta of admitted.shown) {
        if (delta.type === 'delta')
          yield { kind: 'delta', turn_number: delta.turn_number, content: delta.content };
        else yield { kind: 'delta.reset' };
      }
    }
  }
}
