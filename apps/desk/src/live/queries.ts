import { QueryClient, useQuery, type UseQueryResult } from '@tanstack/react-query';

import type { Listed } from '../api/pages.js';
import {
  approval,
  approvals,
  conversation,
  conversations,
  humanAgent,
  humanAgents,
  memoryOf,
  newestConversations,
  offersOf,
  queue,
  stateAt,
  tools,
} from '../api/reads.js';
import type { Approval, Conversation, HumanAgent, Memory, Offer, QueueItem, Tool } from '../api/types.js';
import { session } from '../session/session.js';
import { useStore } from '../ui/store.js';

/** What the desk has read; the staff stream keeps it fresh, so it is not asked again by time. */
export const queryClient = new QueryClient({
  defaultOptions: {
    // The client below tries again by itself.
    queries: { retry: false, staleTime: 60_000, networkMode: 'always', refetchOnWindowFocus: false },
    mutations: { retry: false, networkMode: 'always' },
  },
});

export const keys = {
  me: ['me'],
  mine: ['mine'],
  offers: ['offers'],
  queue: ['queue'],
  waiting: ['waiting'],
  active: ['active'],
  agents: ['agents'],
  /** Everything that is read of approvals begins with this. */
  approvals: ['approvals'],
  pendingApprovals: ['approvals', 'pending'],
  conversation: (id: string) => ['conversation', id],
} as const;

const useAgentId = (): string => useStore(session)?.agentId ?? '';

export const useMe = (): UseQueryResult<HumanAgent> => {
  const id = useAgentId();
  return useQuery({ queryKey: keys.me, queryFn: ({ signal }) => humanAgent(id, signal), enabled: id !== '' });
};

export const useIsSupervising = (): boolean => {
  const role = useMe().data?.role;
  return role === 'supervisor' || role === 'admin';
};

/** Runs the tenant's Baton: sees how it is, and what it gave up on. */
export const useIsAdministrating = (): boolean => useMe().data?.role === 'admin';

export const useMine = (): UseQueryResult<Listed<Conversation>> => {
  const assigned_agent_id = useAgentId();
  return useQuery({
    queryKey: keys.mine,
    queryFn: ({ signal }) => conversations({ assigned_agent_id, state: 'HUMAN_ACTIVE' }, signal),
    enabled: assigned_agent_id !== '',
  });
};

export const useOffers = (): UseQueryResult<Listed<Offer>> => {
  const id = useAgentId();
  return useQuery({
    queryKey: keys.offers,
    queryFn: ({ signal }) => offersOf(id, signal),
    enabled: id !== '',
  });
};

export const useQueue = (): UseQueryResult<Listed<QueueItem>> =>
  useQuery({ queryKey: keys.queue, queryFn: ({ signal }) => queue(signal) });

/** The conversations that wait: the queue itself does not say who the customer is. */
export const useWaiting = (): UseQueryResult<Listed<Conversation>> =>
  useQuery({
    queryKey: keys.waiting,
    queryFn: ({ signal }) => conversations({ state: 'PENDING_HUMAN' }, signal),
  });

export const useActive = (): UseQueryResult<Listed<Conversation>> =>
  useQuery({
    queryKey: keys.active,
    queryFn: ({ signal }) => conversations({ state: 'HUMAN_ACTIVE' }, signal),
  });

export const useAgents = (): UseQueryResult<Listed<HumanAgent>> =>
  useQuery({ queryKey: keys.agents, queryFn: ({ signal }) => humanAgents(signal) });

/** What is to be decided, by anybody. */
export const usePendingApprovals = (): UseQueryResult<Listed<Approval>> =>
  useQuery({
    queryKey: keys.pendingApprovals,
    queryFn: ({ signal }) => approvals({ status: 'PENDING' }, signal),
  });

export const useApproval = (id: string | null): UseQueryResult<Approval> =>
  useQuery({
    queryKey: [...keys.approvals, 'one', id],
    queryFn: ({ signal }) => approval(id ?? '', signal),
    enabled: id !== null,
  });

/** What each tool takes. */
export const useTools = (): UseQueryResult<Listed<Tool>> =>
  useQuery({ queryKey: ['tools'], queryFn: ({ signal }) => tools(signal) });

/** Asked for only where it is needed. */
export const useConversation = (id: string, { isNeeded = true } = {}): UseQueryResult<Conversation> =>
  useQuery({
    queryKey: keys.conversation(id),
    queryFn: ({ signal }) => conversation(id, signal),
    enabled: isNeeded,
  });

/** The conversation as it was; what was never changes. */
export const useStateAt = (id: string, version: number | null): UseQueryResult<Conversation> =>
  useQuery({
    queryKey: [...keys.conversation(id), 'at', version],
    queryFn: ({ signal }) => stateAt(id, version ?? 1, signal),
    enabled: version !== null,
    staleTime: Infinity,
  });

export const useMemory = (id: string): UseQueryResult<Memory> =>
  useQuery({ queryKey: [...keys.conversation(id), 'memory'], queryFn: ({ signal }) => memoryOf(id, signal) });

export const useOthersOf = (customerId: string | undefined): UseQueryResult<Listed<Conversation>> =>
  useQuery({
    queryKey: ['others', customerId],
    queryFn: ({ signal }) => newestConversations({ customer_id: customerId ?? '' }, 20, signal),
    enabled: customerId !== undefined,
  });

/** The agent's name; the id until it is known. */
export const useAgentName = (): ((id: string | null) => string) => {
  const { data } = useAgents();
  return (id) => data?.items.find((agent) => agent.agent_id === id)?.name ?? id ?? '';
};
