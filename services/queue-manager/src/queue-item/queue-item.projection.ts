import type { HandoverReason, Priority, RequiredSkills } from '@baton/contracts';

import { rankAt } from '../assignment/rank.js';
import { type CloseCause, offeredTo, type Pass, type QueueItem } from './queue-item.state.js';

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
  /** `required_skills` as one comparable text: few different ones stand for many items. */
  readonly requirement: string;
  readonly relaxed_steps: number;
  readonly parallel: number;
  readonly passes: Readonly<Record<string, Pass>>;
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
    requirement: requirementOf(item.required_skills),
    relaxed_steps: item.relaxed_steps,
    parallel: item.routing.offer.parallel,
    passes: item.passes,
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
    version,
  };
};

export const requirementOf = (skills: RequiredSkills): string =>
  JSON.stringify(Object.fromEntries(Object.entries(skills).sort(([a], [b]) => (a < b ? -1 : 1))));
