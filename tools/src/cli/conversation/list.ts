import type { ConversationState, Conversation } from '@baton/client';
import type { BatonClient } from '@baton/client';

export interface Wanted {
  readonly state?: string;
  readonly agent?: string;
  readonly customer?: string;
  readonly words?: string;
  readonly limit: number;
}

const PAGE = 200;

/** Newest activity first. */
export const listConversations = async (client: BatonClient, wanted: Wanted): Promise<Conversation[]> => {
  const found: Conversation[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await client.api.GET('/api/v1/conversations', {
      params: {
        query: {
          limit: Math.min(PAGE, wanted.limit - found.length),
          ...(wanted.state !== undefined && { state: wanted.state as ConversationState }),
          ...(wanted.agent !== undefined && { assigned_agent_id: wanted.agent }),
          ...(wanted.customer !== undefined && { customer_id: wanted.customer }),
          ...(wanted.words !== undefined && { q: wanted.words }),
          ...(cursor !== undefined && { cursor }),
        },
      },
    });
    found.push(...(data?.items ?? []));
    cursor = data?.next_cursor ?? undefined;
  } while (cursor !== undefined && found.length < wanted.limit);
  return found;
};
