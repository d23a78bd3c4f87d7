import { connection } from './connection.js';
import { allPages, type Listed } from './pages.js';
import type {
  Approval,
  ApprovalStatus,
  Conversation,
  ConversationState,
  HumanAgent,
  Memory,
  Offer,
  QueueItem,
  Role,
  Tool,
} from './types.js';

/** What a successful call carries; the client throws for every other. */
const the = async <T>(call: Promise<{ data?: T }>): Promise<T> => (await call).data as T;

const ofId = (id: string): { path: { id: string } } => ({ path: { id } });

export interface ConversationFilter {
  readonly state?: ConversationState;
  readonly assigned_agent_id?: string;
  readonly customer_id?: string;
  readonly q?: string;
}

/** Newest activity first. */
export const conversations = (
  filter: ConversationFilter,
  signal: AbortSignal,
): Promise<Listed<Conversation>> =>
  allPages((page) =>
    the(connection().api.GET('/api/v1/conversations', { params: { query: { ...filter, ...page } }, signal })),
  );

/** The newest that match, without those behind them. */
export const newestConversations = async (
  filter: ConversationFilter,
  limit: number,
  signal: AbortSignal,
): Promise<Listed<Conversation>> => {
  const query = { ...filter, limit };
  const page = await the(connection().api.GET('/api/v1/conversations', { params: { query }, signal }));
  return { items: page.items, isCut: page.next_cursor !== null };
};

export const conversation = (id: string, signal: AbortSignal): Promise<Conversation> =>
  the(
    connection().api.GET('/api/v1/conversations/{id}', { params: ofId(id), signal }),
  ) as Promise<Conversation>;

export const stateAt = (id: string, version: number, signal: AbortSignal): Promise<Conversation> =>
  the(
    connection().api.GET('/api/v1/conversations/{id}/state', {
      params: { ...ofId(id), query: { version } },
      signal,
    }),
  );

export const memoryOf = (id: string, signal: AbortSignal): Promise<Memory> =>
  the(connection().api.GET('/api/v1/conversations/{id}/memory', { params: ofId(id), signal }));

export const queue = (signal: AbortSignal): Promise<Listed<QueueItem>> =>
  allPages((query) => the(connection().api.GET('/api/v1/queue', { params: { query }, signal })));

export const offersOf = (agent_id: string, signal: AbortSignal): Promise<Listed<Offer>> =>
  allPages((page) =>
    the(connection().api.GET('/api/v1/offers', { params: { query: { agent_id, ...page } }, signal })),
  );

export interface ApprovalFilter {
  readonly status?: ApprovalStatus;
  /** What somebody of this role may decide. */
  readonly role?: Role;
}

/** Newest first. */
export const approvals = (filter: ApprovalFilter, signal: AbortSignal): Promise<Listed<Approval>> =>
  allPages((page) =>
    the(connection().api.GET('/api/v1/approvals', { params: { query: { ...filter, ...page } }, signal })),
  );

/** The newest, decided ones too, without those behind them. */
export const newestApprovals = async (
  filter: ApprovalFilter,
  limit: number,
  signal: AbortSignal,
): Promise<Listed<Approval>> => {
  const query = { ...filter, limit };
  const page = await the(connection().api.GET('/api/v1/approvals', { params: { query }, signal }));
  return { items: page.items, isCut: page.next_cursor !== null };
};

export const approval = (id: string, signal: AbortSignal): Promise<Approval> =>
  the(connection().api.GET('/api/v1/approvals/{id}', { params: ofId(id), signal }));

export const tools = (signal: AbortSignal): Promise<Listed<Tool>> =>
  allPages((query) => the(connection().api.GET('/api/v1/tools', { params: { query }, signal })));

export const humanAgents = (signal: AbortSignal): Promise<Listed<HumanAgent>> =>
  allPages((query) => the(connection().api.GET('/api/v1/human-agents', { params: { query }, signal })));

export const humanAgent = (id: string, signal: AbortSignal): Promise<HumanAgent> =>
  the(connection().api.GET('/api/v1/human-agents/{id}', { params: ofId(id), signal }));
