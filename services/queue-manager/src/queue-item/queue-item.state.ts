import type { HandoverReason, Priority, RequiredSkills, RoutingPolicy, StaffRole } from '@baton/contracts';

export interface OpenOffer {
  readonly agent_id: string;
  readonly created_at: string;
  readonly expires_at: string;
}

/** Why an agent who had it, or could have had it, has it no more. */
export interface Pass {
  readonly at: string;
  readonly how: 'declined' | 'missed' | 'left';
}

interface Facts {
  readonly handover_id: string;
  readonly conversation_id: string;
  readonly queue: string;
  readonly reason: HandoverReason;
  readonly priority: Priority;
  /** In force now: a reroute puts another rule's in its place. */
  readonly routing: RoutingPolicy;
  /** What was asked for; relaxation starts from here. */
  readonly asked_skills: RequiredSkills;
  /** What counts now, after `relaxed_steps` of the policy. */
  readonly required_skills: RequiredSkills;
  readonly relaxed_steps: number;
  /** What of the rule's role and language counts now; absent in a snapshot older than them. */
  readonly role?: StaffRole | null;
  readonly language_required?: boolean;
  /** So many of `routing.reroute` count; absent in an older snapshot. */
  readonly rerouted_steps?: number;
  /** Who had this customer before, latest first; absent in an older snapshot. */
  readonly known_agent_ids?: readonly string[];
  /** First put in the queue: an item that comes back keeps its age. */
  readonly enqueued_at: string;
  readonly sla_due_at: string;
  readonly sla_breached: boolean;
  readonly sla_warned?: boolean;
  /** Ciphertext; carried, never opened. */
  readonly handover_context: unknown;
  readonly passes: Readonly<Record<string, Pass>>;
  /** Time spent in the queue before this stretch: what relaxation goes by, since time with a human is no waiting. */
  readonly waited_ms: number;
  readonly waiting_since: string;
  readonly first_assigned_at: string | null;
  /** The customer is with the AI meanwhile, or was, and is called back. */
  readonly is_callback?: boolean;
}

export interface WaitingItem extends Facts {
  readonly status: 'WAITING';
  readonly offers: Readonly<Record<string, OpenOffer>>;
  /** Named by a transfer: asked first. */
  readonly target_agent_id: string | null;
  /** The conversation refused an acceptance: its news is on the way, until then nobody is asked. */
  readonly held_until: string | null;
}

export type ToldBy = 'acceptance' | 'conversation';

export interface AssignedItem extends Facts {
  readonly status: 'ASSIGNED';
  readonly agent_id: string;
  readonly offer_id: string | null;
  readonly told_by: ToldBy;
  readonly assigned_at: string;
}

export type CloseCause = 'resolved' | 'returned_to_ai' | 'cancelled' | 'erased' | 'abandoned';

export interface ClosedItem extends Facts {
  readonly status: 'CLOSED';
  readonly cause: CloseCause;
  /** Who had it at the end, if anyone. */
  readonly agent_id: string | null;
  readonly closed_at: string;
}

export type ItemFacts = Facts;
export type QueueItem = { readonly status: 'ABSENT' } | WaitingItem | AssignedItem | ClosedItem;

/** How long an item is held after the conversation refused an acceptance. */
export const HOLD_AFTER_REFUSAL_MS = 30_000;

export const offeredTo = (item: WaitingItem): string[] =>
  Object.values(item.offers).map((offer) => offer.agent_id);

/** When it is said that the time to a first answer is nearly up. */
export const slaWarnAt = ({ sla_due_at, routing: { sla } }: Facts): string =>
  new Date(Date.parse(sla_due_at) - (1 - sla.warn_at) * sla.first_response_ms).toISOString();

/** When the wait would have begun had it been one stretch. */
export const waitStartedAt = (item: WaitingItem): string =>
  new Date(Date.parse(item.waiting_since) - item.waited_ms).toISOString();

export const weightOf = (item: Exclude<QueueItem, { status: 'ABSENT' }>): number => item.routing.weight ?? 1;

/** Time spent waiting in the queue until `now`. */
export const waitedMs = (item: WaitingItem, now: string): number =>
  item.waited_ms + Math.max(0, Date.parse(now) - Date.parse(item.waiting_since));

/** True where one more agent may be asked. */
export const isSeeking = (item: WaitingItem, now: string): boolean =>
  Object.keys(item.offers).length < item.routing.offer.parallel &&
  (item.held_until === null || item.held_until <= now);
