export { createClient, type BatonClient } from './client.js';
export { type ClientOptions, createHttp, type Http, randomKey } from './http/http.js';
export { BatonProblem, ConnectionError, isProblem, type FieldProblem } from './http/problem.js';
export { DEFAULT_RETRIES, type RetryPolicy } from './http/retry.js';
export type { TokenProvider } from './http/token-source.js';
export { conversations, type Conversations } from './conversation/conversations.js';
export {
  conversationStream,
  type ConversationItem,
  type ConversationStreamOptions,
} from './conversation/conversation-stream.js';
export { staff, type Staff } from './staff/staff.js';
export { staffStream, type StaffNotification, type StaffStreamOptions } from './staff/staff-stream.js';
export type { ConnectionState, LiveStream } from './stream/live-stream.js';
export type { components, operations, paths } from './generated/api.js';
export type * from './schemas.js';
