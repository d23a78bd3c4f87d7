import { randomUUID } from 'node:crypto';

import type {
  ConversationView,
  EventView,
  MessageView,
  OfferView,
  Page,
  TurnRecordView,
  TurnView,
} from '@baton/contracts';
import { knownSecrets, waitFor } from '@baton/testkit';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** Baton as a front-end sees it: over HTTP, with a token. */
export class Api {
  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  as(token: string): Api {
    return new Api(this.url, token);
  }

  async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = (text ? JSON.parse(text) : null) as T;
    knownSecrets.addAnswer(answer);
    return { status: response.status, headers: response.headers, body: answer };
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.call<T>('GET', path);
  }

  post<T>(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.call<T>('POST', path, body, headers);
  }

  /** A customer's message; waits for the turn's outcome unless told otherwise. */
  say(
    conversationId: string,
    message: string,
    more: { turnId?: string; wait?: number; body?: Record<string, unknown> } = {},
  ): Promise<Answer<TurnView>> {
    return this.post<TurnView>(
      '/api/v1/hil/message',
      {
        conversation_id: conversationId,
        turn_id: more.turnId ?? randomUUID(),
        message,
        sender_type: 'user',
        ...more.body,
      },
      more.wait === 0 ? {} : { prefer: `wait=${more.wait ?? 30}` },
    );
  }

  /** Says it again and again until the system takes it: what a careful front-end does while something is down. */
  async sayUntilAccepted(conversationId: string, turnId: string, message: string): Promise<TurnView> {
    let last: Answer<TurnView> | undefined;
    await waitFor(
      async () => {
        try {
          last = await this.say(conversationId, message, { turnId, wait: 0 });
        } catch {
          return false;
        }
        return last.status < 300;
      },
      { what: `${turnId} to be accepted`, timeoutMs: 60_000 },
    );
    return (last as Answer<TurnView>).body;
  }

  async conversation(id: string): Promise<ConversationView> {
    return (await this.get<ConversationView>(`/api/v1/conversations/${id}`)).body;
  }

  /** A whole list, page by page. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = null; ;) {
      const query: string =
        cursor === null ? '?limit=200' : `?limit=200&cursor=${encodeURIComponent(cursor)}`;
      const { body }: Answer<Page<T>> = await this.get(`${path}${query}`);
      items.push(...body.items);
      cursor = body.next_cursor;
      if (cursor === null) return items;
    }
  }

  events(id: string): Promise<EventView[]> {
    return this.all<EventView>(`/api/v1/conversations/${id}/events`);
  }

  messages(id: string): Promise<MessageView[]> {
    return this.all<MessageView>(`/api/v1/conversations/${id}/messages`);
  }

  turns(id: string): Promise<TurnRecordView[]> {
    return this.all<TurnRecordView>(`/api/v1/conversations/${id}/turns`);
  }

  state(id: string, state: string, timeoutMs = 60_000): Promise<unknown> {
    return waitFor(async () => (await this.conversation(id)).state === state, {
      what: `${id} to be ${state}`,
      timeoutMs,
    });
  }

  /** A human agent who is online, and their own view of Baton. */
  async agent(id: string, more: Record<string, unknown> = {}): Promise<Api> {
    const created = await this.post(`/api/v1/human-agents`, { agent_id: id, name: id, ...more });
    if (created.status !== 201) throw new Error(`agent ${id}: ${JSON.stringify(created.body)}`);
    const { body } = await this.post<{ token: string }>(`/api/v1/human-agents/${id}/token`);
    await this.call('PUT', `/api/v1/human-agents/${id}/presence`, { status: 'ONLINE' });
    return this.as(body.token);
  }

  async offer(agentId: string, conversationId: string, timeoutMs = 30_000): Promise<OfferView> {
    let found: OfferView | undefined;
    await waitFor(
      async () => {
        const { body } = await this.get<Page<OfferView>>(`/api/v1/offers?agent_id=${agentId}`);
        found = body.items.find((offer) => offer.conversation_id === conversationId);
        return found !== undefined;
      },
      { what: `an offer of ${conversationId} to ${agentId}`, timeoutMs },
    );
    return found as OfferView;
  }
}
