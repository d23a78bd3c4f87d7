import type { Requester } from '../requester.port.js';
import type { Tool } from '../tool.js';
import { conversationHandoverTool } from './conversation-handover.tool.js';
import { type HttpToolOptions, httpRequestTool } from './http/http-request.tool.js';
import { knowledgeSearchTool } from './knowledge-search.tool.js';
import { memorySearchTool } from './memory-search.tool.js';
import { orderTools } from './orders/order-tools.js';
import { type OrdersRepository } from './orders/orders.repository.js';

/** The tools that every Baton has. */
export const builtinTools = (parts: {
  readonly requester: Requester;
  readonly orders: OrdersRepository;
  readonly http: HttpToolOptions;
}): Tool[] => [
  knowledgeSearchTool(parts.requester),
  memorySearchTool(parts.requester),
  ...orderTools(parts.orders),
  conversationHandoverTool,
  httpRequestTool(parts.http),
];
