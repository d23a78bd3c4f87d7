import { type KnowledgePassage, memoryRequests } from '@baton/contracts';

import type { Requester } from '../requester.port.js';
import type { Tool } from '../tool.js';
import { aiContext } from './request-context.js';

export const KNOWLEDGE_SEARCH = 'knowledge.search';
/** What a query may hold at most. */
export const LONGEST_QUERY = 32_000;

const TIMEOUT_MS = 10_000;
const PASSAGES = 5;

export interface KnowledgeFound {
  /** Best first. */
  readonly passages: readonly KnowledgePassage[];
}

export const knowledgeSearchTool = (requester: Requester): Tool => ({
  name: KNOWLEDGE_SEARCH,
  description:
    'Searches the help pages for passages that answer a question. Use it before answering anything about products, orders, returns, payments or policies. Each passage has a score from 0 to 1: at least 0.7 where it answers the question.',
  source: 'builtin',
  inputSchema: {
    type: 'object',
    properties: {
      query: {
        type: 'string',
        minLength: 1,
        maxLength: LONGEST_QUERY,
        pattern: '\\S',
        description: 'The question, in whole words',
      },
    },
    required: ['query'],
    additionalProperties: false,
  },
  riskTier: 'LOW',
  timeoutMs: TIMEOUT_MS,
  idempotency: 'safe',
  sees: [],
  run: async (args, context): Promise<KnowledgeFound> =>
    requester.request(
      memoryRequests.searchKnowledge,
      aiContext(context),
      { query: args['query'] as string, limit: PASSAGES },
      { timeoutMs: TIMEOUT_MS, signal: context.signal },
    ),
});
