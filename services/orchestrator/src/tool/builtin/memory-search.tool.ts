import { type MemoryHit, memoryRequests } from '@baton/contracts';

import type { Requester } from '../requester.port.js';
import type { Tool, ToolContext } from '../tool.js';
import { aiContext } from './request-context.js';

const TIMEOUT_MS = 10_000;
const MEMORIES = 5;
const LONGEST_QUERY = 2000;

export const memorySearchTool = (requester: Requester): Tool => ({
  name: 'memory.search',
  description:
    'Searches what is remembered of this customer: earlier turns, facts and summaries, of other conversations too. Use it when the customer refers to something that was said before.',
  source: 'builtin',
  inputSchema: {
    type: 'object',
    properties: {
      query: {
        type: 'string',
        minLength: 1,
        maxLength: LONGEST_QUERY,
        pattern: '\\S',
        description: 'What to look for',
      },
    },
    required: ['query'],
    additionalProperties: false,
  },
  riskTier: 'LOW',
  timeoutMs: TIMEOUT_MS,
  idempotency: 'safe',
  sees: ['conversation', 'customer'],
  run: async (args, context) => {
    const hits = await find(requester, args['query'] as string, context);
    return {
      items: hits.map(({ memory_id, kind, content, score }) => ({ memory_id, kind, content, score })),
    };
  },
});

/** Never more than the conversation's and its customer's own: a tenant's other customers are nobody's memory. */
const find = async (
  requester: Requester,
  query: string,
  context: ToolContext,
): Promise<readonly MemoryHit[]> => {
  const { conversationId, customerId, signal } = context;
  const options = { timeoutMs: TIMEOUT_MS, signal };
  if (conversationId !== null) {
    const found = await requester.request(
      memoryRequests.forTurn,
      aiContext(context),
      { conversation_id: conversationId, customer_id: customerId, query, limit: MEMORIES },
      options,
    );
    return found.memories;
  }
  if (customerId === null) return [];
  const found = await requester.request(
    memoryRequests.search,
    aiContext(context),
    { q: query, customer_id: customerId, limit: MEMORIES },
    options,
  );
  return found.items;
};
