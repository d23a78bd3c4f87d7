import type { Http } from '../http/http.js';
import type {
  Conversation,
  Customer,
  CustomerConversation,
  Handover,
  HandoverRequest,
  Message,
  NewMessage,
  Token,
  Turn,
} from '../schemas.js';
import type { ConversationState } from '../schemas.js';
import type { LiveStream } from '../stream/live-stream.js';
import {
  type ConversationItem,
  conversationStream,
  type ConversationStreamOptions,
} from './conversation-stream.js';

export interface SendOptions {
  /** Wait this long for the outcome, in seconds (at most 60); otherwise the answer comes when the message is kept. */
  readonly waitSeconds?: number;
  readonly signal?: AbortSignal;
}

/** What a customer's side does. Every method throws {@link BatonProblem} or {@link ConnectionError}. */
export interface Conversations {
  /** A customer's or an agent's message. Repeats by itself; with the same `turn_id` it may be sent again at any time. */
  send(message: NewMessage, options?: SendOptions): Promise<Turn>;
  /** With a conversation token fewer fields are there. */
  get(id: string): Promise<Conversation | CustomerConversation>;
  /** The transcript, oldest first, page by page. */
  messages(id: string): AsyncIterable<Message>;
  stream(id: string, options?: ConversationStreamOptions): LiveStream<ConversationItem>;
  /** Asks for a person; `invalid-transition` where one is on it or awaited already. */
  handover(id: string, request?: HandoverRequest): Promise<Handover>;
  /** Where that wait stands now. */
  waiting(id: string, handoverId: string): Promise<Handover>;
  cancelHandover(id: string): Promise<ConversationState>;
  feedback(id: string, feedback: { readonly rating: number; readonly comment?: string }): Promise<void>;
  /** Shown to the other side; not repeated, since late it is wrong. */
  typing(id: string, typing?: boolean): Promise<void>;
  /** A token for a browser, made with an API key on a server. */
  token(id: string, options?: { readonly customer?: Customer }): Promise<Token>;
}

export const conversations = (http: Http): Conversations => {
  const { api } = http;
  const at = (id: string) => ({ path: { id } });
  return {
    async send(message, { waitSeconds, signal } = {}) {
      const { data } = await api.POST('/api/v1/hil/message', {
        body: message,
        ...(waitSeconds !== undefined && { headers: { prefer: `wait=${waitSeconds}` } }),
        ...(signal && { signal }),
      });
      return data as Turn;
    },
    async get(id) {
      const { data } = await api.GET('/api/v1/conversations/{id}', { params: at(id) });
      return data as Conversation | CustomerConversation;
    },
    async *messages(id) {
      let cursor: string | undefined;
      do {
        const { data } = await api.GET('/api/v1/conversations/{id}/messages', {
          params: { ...at(id), query: { limit: 200, ...(cursor !== undefined && { cursor }) } },
        });
        yield* data?.items ?? [];
        cursor = data?.next_cursor ?? undefined;
      } while (cursor !== undefined);
    },
    stream: (id, options) => conversationStream(http, id, options),
    async handover(id, request = {}) {
      const { data } = await api.POST('/api/v1/hil/handover/{id}', { params: at(id), body: request });
      return data as Handover;
    },
    async waiting(id, handover_id) {
      const { data } = await api.GET('/api/v1/hil/handover/{id}', {
        params: { ...at(id), query: { handover_id } },
      });
      return data as Handover;
    },
    async cancelHandover(id) {
      const { data } = await api.POST('/api/v1/hil/cancel-handover/{id}', { params: at(id) });
      return (data as { state: ConversationState }).state;
    },
    async feedback(id, feedback) {
      await api.POST('/api/v1/hil/feedback/{id}', { params: at(id), body: feedback });
    },
    async typing(id, typing = true) {
      const path = `/api/v1/conversations/${encodeURIComponent(id)}/typing`;
      const response = await http.send(
        new Request(http.baseUrl + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ typing }),
        }),
      );
      await response.body?.cancel();
    },
    async token(id, options = {}) {
      const { data } = await api.POST('/api/v1/conversations/{id}/token', { params: at(id), body: options });
      return data as Token;
    },
  };
};
