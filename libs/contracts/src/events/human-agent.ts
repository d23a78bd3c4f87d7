import { z } from 'zod';

import { CallerToken } from '../ids.js';
import { defineEvent, type EventOf } from './define-event.js';
import { LanguageCode, SkillLevel, SkillName, StaffRole } from './shared.js';

export const PresenceStatus = z.enum(['ONLINE', 'AWAY', 'OFFLINE']);
export type PresenceStatus = z.infer<typeof PresenceStatus>;

export const AgentProfile = z.object({
  name: z.string().min(1).max(200),
  email: z.string().max(320).nullable(),
  role: StaffRole,
  skills: z.record(SkillName, SkillLevel),
  max_concurrent: z.int().min(1).max(100),
  /** All that they speak; absent where nothing was said of it. */
  languages: z.array(LanguageCode).max(50).optional(),
});
export type AgentProfile = z.infer<typeof AgentProfile>;

const profile: AgentProfile = {
  name: 'Ana',
  email: null,
  role: 'agent',
  skills: { billing: 4, spanish: 5 },
  max_concurrent: 3,
};

export const humanAgentRegistered = defineEvent({
  type: 'human_agent.registered',
  version: 1,
  schema: z.object({ agent_id: CallerToken, profile: AgentProfile }),
  personal: [],
  example: { agent_id: 'agent_ana', profile },
});

export const humanAgentUpdated = defineEvent({
  type: 'human_agent.updated',
  version: 1,
  schema: z.object({ agent_id: CallerToken, profile: AgentProfile }),
  personal: [],
  example: { agent_id: 'agent_ana', profile },
});

export const presenceChanged = defineEvent({
  type: 'human_agent.presence_changed',
  version: 1,
  schema: z.object({
    agent_id: CallerToken,
    status: PresenceStatus,
    cause: z.enum(['put', 'missed_offers']),
  }),
  personal: [],
  example: { agent_id: 'agent_ana', status: 'ONLINE', cause: 'put' },
});

/** An offer or an assignment took a slot; the agent's stream orders them, so capacity is never exceeded. */
export const capacityTaken = defineEvent({
  type: 'human_agent.capacity_taken',
  version: 1,
  schema: z.object({
    agent_id: CallerToken,
    handover_id: z.string(),
    cause: z.enum(['offered', 'assigned']),
    /** How much capacity; absent: 1. */
    weight: z.int().positive().optional(),
  }),
  personal: [],
  example: { agent_id: 'agent_ana', handover_id: 'ho_1', cause: 'offered' },
});

/** The slot stays taken while the agent writes the conversation up. */
export const wrapUpStarted = defineEvent({
  type: 'human_agent.wrap_up_started',
  version: 1,
  schema: z.object({ agent_id: CallerToken, handover_id: z.string(), conversation_id: z.string() }),
  personal: [],
  example: { agent_id: 'agent_ana', handover_id: 'ho_1', conversation_id: 'conv_123' },
});

export const capacityFreed = defineEvent({
  type: 'human_agent.capacity_freed',
  version: 1,
  schema: z.object({
    agent_id: CallerToken,
    handover_id: z.string(),
    cause: z.enum(['declined', 'timed_out', 'withdrawn', 'released', 'transferred', 'closed', 'wrapped_up']),
  }),
  personal: [],
  example: { agent_id: 'agent_ana', handover_id: 'ho_1', cause: 'declined' },
});

export const humanAgentEvents = [
  humanAgentRegistered,
  humanAgentUpdated,
  presenceChanged,
  capacityTaken,
  wrapUpStarted,
  capacityFreed,
] as const;
export type HumanAgentEvent = EventOf<(typeof humanAgentEvents)[number]>;
