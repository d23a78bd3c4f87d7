import type { HandoverReason, Priority, RequiredSkills } from '@baton/contracts';

import { requirementOf } from '../assignment/needs.js';
import { rankAt } from '../assignment/rank.js';
import { needsOfSeeking, type Seeking, seekingOf } from '../assignment/seeking.js';
import {
  type CloseCause,
  type ItemFacts,
  offeredTo,
  type Pass,
  type QueueItem,
  type WaitingItem,
} from './queue-item.state.js';
import { nextStepAt } from './waiting-steps.js';

/** What an item seeks beyond its skills; empty for one that does not wait. */
export type Sought = Pick<
  Seeking,
  | 'preferred_skills'
  | 'role'
  | 'language'
  | 'language_required'
  | 'weight'
  | 'known_agent_ids'
  | 'known_until'
  | 'known_wait_until'
  | 'sla_warned'
> & {
  readonly asked_skills: RequiredSkills;
  readonly next_step_at: string | null;
};

/** A row of `agent_queue`: nothing in it is personal. */
export interface QueueRow {
  readonly tenant_id: string;
  readonly handover_id: string;
  readonly conversation_id: string;
  readonly queue: string;
  readonly status: 'WAITING' | 'ASSIGNED' | 'CLOSED';
  readonly reason: HandoverReason;
  readonly priority: Priority;
  readonly required_skills: RequiredSkills;
  /** What must be met as one comparable text: few different ones stand for many items. */
  readonly requirement: string;
  readonly relaxed_steps: number;
  readonly parallel: number;
  readonly passes: Readonly<Record<string, Pass>>;
  /** Empty for one that does not wait; null in a row of a writer older than it. */
  readonly sought: Partial<Sought> | null;
  /** Null where the customer is not known, or erased. */
  readonly customer_key: string | null;
  readonly target_agent_id: string | null;
  readonly offered_to: readonly string[];
  /** One more agent may be asked, once `held_until` is past. */
  readonly seeking: boolean;
  readonly held_until: string | null;
  readonly enqueued_at: string;
  readonly sla_due_at: string;
  readonly sla_breached: boolean;
  readonly rank_at: string;
  readonly agent_id: string | null;
  readonly first_assigned_at: string | null;
  readonly closed_at: string | null;
  readonly close_cause: CloseCause | null;
  /** Null in a row of a writer older than it. */
  readonly is_callback: boolean | null;
  readonly version: number;
}

export const queueRow = (
  tenantId: string,
  item: Exclude<QueueItem, { status: 'ABSENT' }>,
  version: number,
): QueueRow => {
  const waiting = item.status === 'WAITING' ? item : undefined;
  return {
    tenant_id: tenantId,
    handover_id: item.handover_id,
    conversation_id: item.conversation_id,
    queue: item.queue,
    status: item.status,
    reason: item.reason,
    priority: item.priority,
    required_skills: item.required_skills,
    requirement: requirementOf(
      needsOfSeeking({
        required_skills: item.required_skills,
        role: item.role ?? null,
        language: item.routing.language ?? null,
        language_required: item.language_required ?? false,
      }),
    ),
    relaxed_steps: item.relaxed_steps,
    parallel: item.routing.offer.parallel,
    passes: item.passes,
    sought: waiting ? soughtBy(waiting) : {},
    customer_key: isErased(item) ? null : (item.routing.customer_key ?? null),
    target_agent_id: waiting?.target_agent_id ?? null,
    offered_to: waiting ? offeredTo(waiting) : [],
    seeking: waiting !== undefined && Object.keys(waiting.offers).length < item.routing.offer.parallel,
    held_until: waiting?.held_until ?? null,
    enqueued_at: item.enqueued_at,
    sla_due_at: item.sla_due_at,
    sla_breached: item.sla_breached,
    rank_at: rankAt(item),
    agent_id: item.status === 'WAITING' ? null : item.agent_id,
    first_assigned_at: item.first_assigned_at,
    closed_at: item.status === 'CLOSED' ? item.closed_at : null,
    close_cause: item.status === 'CLOSED' ? item.cause : null,
    is_callback: item.is_callback ?? false,
    version,
  };
};

const soughtBy = (item: WaitingItem): Sought => {
  const seeking = seekingOf(item);
  return {
    preferred_skills: seeking.preferred_skills,
    role: seeking.role,
    language: seeking.language,
    language_required: seeking.language_required,
    weight: seeking.weight,
    known_agent_ids: seeking.known_agent_ids,
    known_until: seeking.known_until,
    known_wait_until: seeking.known_wait_until,
    sla_warned: seeking.sla_warned,
    asked_skills: item.asked_skills,
    next_step_at: nextStepAt(item) ?? null,
  };
};

const isErased = (item: ItemFacts & { readonly status: string; readonly cause?: CloseCause }): boolean =>
  item.status === 'CLOSED' && item.cause === 'erased';
