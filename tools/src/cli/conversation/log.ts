import type { BatonClient, Conversation, ConversationEvent } from '@baton/client';

const PAGE = 200;

/** The log of a conversation, oldest first, page by page. */
export async function* eventsOf(client: BatonClient, id: string): AsyncGenerator<ConversationEvent> {
  let cursor: string | undefined;
  do {
    const { data } = await client.api.GET('/api/v1/conversations/{id}/events', {
      params: { path: { id }, query: { limit: PAGE, ...(cursor !== undefined && { cursor }) } },
    });
    const page = data as { items: ConversationEvent[]; next_cursor?: string | null } | undefined;
    yield* page?.items ?? [];
    cursor = page?.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

/** What the conversation was at a version of its log, folded anew. */
export const stateAt = async (client: BatonClient, id: string, version: number): Promise<Conversation> => {
  const { data } = await client.api.GET('/api/v1/conversations/{id}/state', {
    params: { path: { id }, query: { version } },
  });
  return data as Conversation;
};

/** Whether a type fits a pattern in which `*` stands for anything; without a dot it is what stands behind one. */
export const typeMatcher = (pattern: string): ((type: string) => boolean) => {
  const whole = pattern.includes('.') || pattern.includes('*') ? pattern : `*.${pattern}`;
  const expression = new RegExp(
    `^${whole
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
  return (type) => expression.test(type);
};
