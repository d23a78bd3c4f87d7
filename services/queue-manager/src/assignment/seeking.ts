import type { Priority, RequiredSkills } from '@baton/contracts';

import { offeredTo, type Pass, type WaitingItem } from '../queue-item/queue-item.state.js';

/** What the choice of an agent needs to know of a waiting item. */
export interface Seeking {
  readonly handover_id: string;
  readonly priority: Priority;
  readonly enqueued_at: string;
  readonly sla_due_at: string;
  readonly required_skills: RequiredSkills;
  readonly passes: Readonly<Record<string, Pass>>;
  /** Named by a transfer: asked first. */
  readonly target_agent_id: string | null;
  /** Who is being asked now. */
  readonly offered_to: readonly string[];
  /** How many may be asked at once. */
  readonly parallel: number;
}

export const seekingOf = (item: WaitingItem): Seeking => ({
  handover_id: item.handover_id,
  priority: item.priority,
  enqueued_at: item.enqueued_at,
  sla_due_at: item.sla_due_at,
  required_skills: item.required_skills,
  passes: item.passes,
  target_agent_id: item.target_agent_id,
  offered_to: offeredTo(item),
  parallel: item.routing.offer.parallel,
});
