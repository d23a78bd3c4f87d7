import type { HandoverReason, Priority, RequiredSkills, RoutingPolicy } from '@baton/contracts';

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
  readonly routing: RoutingPolicy;
  /** What was asked for; relaxation starts from here. */
  readonly asked_skills: RequiredSkills;
  /** What counts now, after `relaxed_steps` of the policy. */
  readonly required_skills: RequiredSkills;
  readonly relaxed_steps: number;
  /** First put in the queue: an item that comes back keeps its age. */
  readonly enqueued_at: string;
  readonly sla_due_at: string;
  readonly sla_breached: boolean;
  /** Ciphertext; carried, never opened. */
  readonly handover_context: unknown;
  readonly passes: Readonly<Record<string, Pass>>;
  /** Time spent in the queue before this stretch: what relaxation goes by, since time with a human is no waiting. */
  readonly waited_ms: number;
  readonly waiting_since: string;
  readonly first_assigned_at: string | null;
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

/** Time spent waiting in the queue until `now`. */
export const waitedMs = (item: WaitingItem, now: string): number =>
  item.waited_ms + Math.max(0, Date.parse(now) - Date.parse(item.waiting_since));

/** True where one more agent may be asked. */
export const isSeeking = (item: WaitingItem, now: string): boolean =>
  Object.keys(item.offers).length < item.routing.offer.parallel &&
  (item.held_until === null || item.held_until <= now);
