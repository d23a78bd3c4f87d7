import type { PresenceStatus, StaffRole } from '@baton/contracts';

import { type RegisteredAgent, type Slot, takenSlots } from './human-agent.state.js';

/** A row of `human_agents`: the agent's state at `version`, with what is looked for as columns. */
export interface HumanAgentRow {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: StaffRole;
  readonly skills: Readonly<Record<string, number>>;
  readonly max_concurrent: number;
  readonly status: PresenceStatus;
  readonly active_count: number;
  /** Null where nothing was said of it. */
  readonly languages: readonly string[] | null;
  readonly slots: Readonly<Record<string, Slot>>;
  readonly missed_in_row: number;
  readonly idle_since: string;
  /** Null in a row of a writer older than it. */
  readonly given_at: readonly string[] | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
}

export const humanAgentRow = (tenantId: string, agent: RegisteredAgent, version: number): HumanAgentRow => ({
  tenant_id: tenantId,
  agent_id: agent.agent_id,
  ...agent.profile,
  languages: agent.profile.languages ?? null,
  status: agent.status,
  active_count: takenSlots(agent),
  slots: agent.slots,
  missed_in_row: agent.missed_in_row,
  idle_since: agent.idle_since,
  given_at: agent.given_at ?? [],
  created_at: agent.created_at,
  updated_at: agent.updated_at,
  version,
});

/** The state that a row was made of. */
export const agentOfRow = (row: HumanAgentRow): RegisteredAgent => ({
  status: row.status,
  agent_id: row.agent_id,
  profile: {
    name: row.name,
    email: row.email,
    role: row.role,
    skills: row.skills,
    max_concurrent: row.max_concurrent,
    ...(row.languages !== null && { languages: [...row.languages] }),
  },
  slots: row.slots,
  missed_in_row: row.missed_in_row,
  idle_since: row.idle_since,
  given_at: row.given_at ?? [],
  created_at: row.created_at,
  updated_at: row.updated_at,
});
