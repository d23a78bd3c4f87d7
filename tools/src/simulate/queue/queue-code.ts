import type {
  AgentProfile,
  EventMetadata,
  HumanAgentEvent,
  Priority,
  QueueItemEvent,
  RequiredSkills,
  RoutingPolicy,
  StaffRole,
} from '@baton/contracts';
import type { Transaction } from '@baton/event-store';

import { serviceModule } from '../checkout-modules.js';

/** What is taken of the queue-manager: its decisions as they are deployed, none of its I/O. */
export interface Agent {
  readonly status: 'ONLINE' | 'AWAY' | 'OFFLINE';
  readonly agent_id: string;
  readonly profile: AgentProfile;
  readonly slots: Readonly<Record<string, { readonly holds: string; readonly weight?: number }>>;
}
type AnyAgent = Agent | { readonly status: 'UNREGISTERED' };

export interface WaitingItem {
  readonly status: 'WAITING';
  readonly handover_id: string;
  readonly priority: Priority;
  readonly required_skills: RequiredSkills;
  readonly role?: StaffRole | null;
  readonly language_required?: boolean;
  readonly relaxed_steps: number;
  readonly routing: RoutingPolicy;
  readonly enqueued_at: string;
  readonly sla_due_at: string;
  readonly passes: Readonly<Record<string, { readonly at: string; readonly how: string }>>;
  readonly offers: Readonly<Record<string, { readonly agent_id: string; readonly expires_at: string }>>;
  readonly held_until: string | null;
}
export type Item = WaitingItem | { readonly status: 'ABSENT' | 'ASSIGNED' | 'CLOSED' };

export interface Seeking {
  readonly handover_id: string;
  readonly weight: number;
  readonly offered_to: readonly string[];
  readonly parallel: number;
  readonly known_until: string | null;
}

export interface AssignmentPolicy {
  readonly headStartMs: Readonly<Record<Priority, number>>;
  readonly usualSlaMs: number;
  readonly slaWarnedMs: number;
  readonly knownFirstMs: number;
  readonly fairPerHour: number;
  readonly passMemoryMs: number;
  readonly declineCoolOffMs: number;
  readonly heavyHoldAfterMs: number;
  readonly fit: 'best' | 'closest';
}
export interface QueuePolicy {
  readonly wrapUpMs: number;
  readonly missedOffersLimit: number;
  readonly assignment: AssignmentPolicy;
}

export interface Loaded<S> {
  readonly state: S;
  readonly version: number;
}

export interface Work {
  item(id: string): Promise<Item>;
  tellItem(id: string, command: object): Promise<readonly QueueItemEvent[]>;
  tellAgent(id: string, command: object): Promise<readonly HumanAgentEvent[]>;
  changedAgents(): { readonly agentId: string; readonly state: Agent; readonly version: number }[];
  transaction(metadata: EventMetadata): Transaction;
}
interface Reader {
  loadItem(tenantId: string, id: string): Promise<Loaded<Item>>;
  loadAgent(tenantId: string, id: string): Promise<Loaded<AnyAgent>>;
}

interface Modules {
  readonly work: {
    readonly Work: new (reader: Reader, tenant: string, now: string, policy: QueuePolicy) => Work;
  };
  readonly choose: {
    chooseAgents(
      item: Seeking,
      online: Iterable<Agent>,
      now: string,
      count: number,
      policy: AssignmentPolicy,
      held?: ReadonlySet<string>,
    ): Agent[];
    holdFor(
      item: Seeking,
      online: Iterable<Agent>,
      now: string,
      policy: AssignmentPolicy,
      held: ReadonlySet<string>,
    ): string | undefined;
  };
  readonly match: {
    matchItems(
      items: readonly Seeking[],
      online: readonly Agent[],
      now: string,
      policy: AssignmentPolicy,
    ): { readonly item: Seeking; readonly agentIds: readonly string[] }[];
  };
  readonly needs: {
    requirementOf(needs: Needs): string;
    meets(agent: Agent, needs: Needs): boolean;
  };
  readonly seeking: { seekingOf(item: WaitingItem): Seeking; needsOfSeeking(item: Seeking): Needs };
  readonly rank: { rankAt(item: WaitingItem, policy: AssignmentPolicy): string };
  readonly agent: { freeSlots(agent: Agent): number };
  readonly policy: { readonly DEFAULT_ASSIGNMENT_POLICY: AssignmentPolicy };
}
export type Needs = Readonly<Record<'skills' | 'role' | 'language', unknown>>;

export type QueueCode = Modules['choose'] &
  Modules['match'] &
  Modules['needs'] &
  Modules['seeking'] &
  Modules['rank'] &
  Modules['agent'] &
  Modules['policy'] &
  Modules['work'];

const load = <N extends keyof Modules>(path: string): Promise<Modules[N]> =>
  serviceModule<Modules[N]>('queue-manager', path);

export const loadQueueCode = async (): Promise<QueueCode> => ({
  ...(await load<'choose'>('assignment/choose-agents')),
  ...(await load<'match'>('assignment/match')),
  ...(await load<'needs'>('assignment/needs')),
  ...(await load<'seeking'>('assignment/seeking')),
  ...(await load<'rank'>('assignment/rank')),
  ...(await load<'agent'>('human-agent/human-agent.state')),
  ...(await load<'policy'>('assignment/assignment-policy')),
  ...(await load<'work'>('log/work')),
});
