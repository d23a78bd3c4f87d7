import type { Http } from '../http/http.js';
import type { ConversationEvent } from '../schemas.js';
import type { LiveStream } from '../stream/live-stream.js';
import { ReconnectingStream } from '../stream/reconnecting-stream.js';
import { serverSentEvents } from '../stream/server-sent-events.js';
import { DeltaGuard } from './delta-guard.js';

/** Which words of whom: a turn may be played more than once. */
export interface DeltaMark {
  readonly turn_number: number;
  readonly attempt: number;
  readonly owner_epoch: number;
}

/** What a conversation's stream tells. */
export type ConversationItem =
  /** An event of the log, each once and in order. */
  | { readonly kind: 'event'; readonly event: ConversationEvent }
  /** Words as they come: provisional until the turn's own event. */
  | ({ readonly kind: 'delta'; readonly content: string } & DeltaMark)
  /** The words so far are withdrawn. */
  | ({ readonly kind: 'delta.reset' } & DeltaMark)
  | { readonly kind: 'typing'; readonly sender_type: 'user' | 'human_agent'; readonly typing: boolean };

export interface ConversationStreamOptions {
  /** The version that is known already; 0, the whole log, unless told. */
  readonly after?: number;
}

/** The log of a conversation and what follows, live: nothing missed, nothing twice, across every reconnection. */
export const conversationStream = (
  http: Http,
  conversationId: string,
  { after = 0 }: ConversationStreamOptions = {},
): LiveStream<ConversationItem> => {
  const path = `/api/v1/conversations/${encodeURIComponent(conversationId)}/events`;
  let version = after;
  const deltas = new DeltaGuard();

  return new ReconnectingStream<ConversationItem>(async function* (life) {
    const withdrawn = deltas.reconnected();
    if (withdrawn) yield withdrawn;
    for await (const { id, event, data } of serverSentEvents(http, path, life, String(version))) {
      const item = readItem(event, data);
      if (item === undefined) continue;
      if (item.kind === 'event') {
        if (id === undefined || item.event.version <= version) continue;
        version = item.event.version;
      }
      if (deltas.admits(item)) yield item;
    }
  });
};

const readItem = (event: string | undefined, data: string): ConversationItem | undefined => {
  const parsed = JSON.parse(data) as Record<string, unknown>;
  switch (event) {
    case 'delta':
    case 'delta.reset':
    case 'typing':
      return { kind: event, ...parsed } as ConversationItem;
    default:
      // What is not of the log and not known yet is for a later client.
      return typeof parsed['version'] === 'number'
        ? { kind: 'event', event: parsed as unknown as ConversationEvent }
        : undefined;
  }
};
