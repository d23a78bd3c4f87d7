import type { Priority, RequiredSkills, StaffRole } from '@baton/contracts';

import { offeredTo, type Pass, waitStartedAt, type WaitingItem } from '../queue-item/queue-item.state.js';
import { DEFAULT_ASSIGNMENT_POLICY } from './assignment-policy.js';
import type { Needs } from './needs.js';

/** What the choice of an agent needs to know of a waiting item. */
export interface Seeking {
  readonly handover_id: string;
  readonly priority: Priority;
  readonly enqueued_at: string;
  readonly sla_due_at: string;
  readonly sla_warned: boolean;
  readonly required_skills: RequiredSkills;
  readonly preferred_skills: RequiredSkills;
  readonly role: StaffRole | null;
  /** The customer's. */
  readonly language: string | null;
  readonly language_required: boolean;
  /** How much of an agent's capacity it takes. */
  readonly weight: number;
  readonly passes: Readonly<Record<string, Pass>>;
  /** Named by a transfer: asked first. */
  readonly target_agent_id: string | null;
  /** Who had this customer before, latest first. */
  readonly known_agent_ids: readonly string[];
  /** Until then one of these is asked before anybody else. */
  readonly known_until: string | null;
  /** Until then nobody else is asked although these are busy. */
  readonly known_wait_until: string | null;
  /** Who is being asked now. */
  readonly offered_to: readonly string[];
  /** How many may be asked at once. */
  readonly parallel: number;
}

export const seekingOf = (item: WaitingItem): Seeking => {
  const { routing } = item;
  const known = item.known_agent_ids ?? [];
  const knownFor = (ms: number): string | null =>
    known.length > 0 && ms > 0 ? new Date(Date.parse(waitStartedAt(item)) + ms).toISOString() : null;
  return {
    handover_id: item.handover_id,
    priority: item.priority,
    enqueued_at: item.enqueued_at,
    sla_due_at: item.sla_due_at,
    sla_warned: item.sla_warned ?? false,
    required_skills: item.required_skills,
    preferred_skills: routing.preferred_skills ?? {},
    role: item.role ?? null,
    language: routing.language ?? null,
    language_required: item.language_required ?? false,
    weight: routing.weight ?? 1,
    passes: item.passes,
    target_agent_id: item.target_agent_id,
    known_agent_ids: known,
    known_until: knownFor(routing.offer.known_first_ms ?? DEFAULT_ASSIGNMENT_POLICY.knownFirstMs),
    known_wait_until: knownFor(routing.offer.known_wait_ms ?? 0),
    offered_to: offeredTo(item),
    parallel: routing.offer.parallel,
  };
};

export const needsOfSeeking = (
  item: Pick<Seeking, 'required_skills' | 'role' | 'language' | 'language_required'>,
): Needs => ({
  skills: item.required_skills,
  role: item.role,
  language: item.language_required ? item.language : null,
});
