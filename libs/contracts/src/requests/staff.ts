import { z } from 'zod';

import { type PresenceStatus, PresenceStatus as PresenceSchema } from '../events/human-agent.js';
import { type EstimateBasis, type WaitEstimate } from '../events/queue.js';
import {
  type ConversationState,
  type HandoverContext,
  type HandoverReason,
  languageOf,
  type Priority,
  type RequiredSkills,
  SkillLevel,
  SkillName,
  StaffRole,
} from '../events/shared.js';
import { AgentId, CallerToken, ConversationId } from '../ids.js';
import { Characters } from '../text.js';
import { defineRequest, type Page, PageQuery, type Replayable } from './define-request.js';

export interface HumanAgentView {
  readonly agent_id: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: StaffRole;
  readonly skills: Readonly<Record<string, number>>;
  readonly max_concurrent: number;
  /** All that they speak; absent where nothing was said of it. */
  readonly languages?: readonly string[] | undefined;
  readonly status: PresenceStatus;
  /** Capacity taken by open offers, conversations and wrap-ups. */
  readonly active_count: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface QueueItemView {
  readonly conversation_id: string;
  readonly handover_id: string;
  readonly priority: Priority;
  readonly required_skills: RequiredSkills;
  readonly reason: HandoverReason;
  readonly enqueued_at: string;
  readonly waited_seconds: number;
  readonly position: number;
  /** The median of what it took lately. */
  readonly estimated_wait_seconds: number;
  /** Nine of ten waited no longer. */
  readonly estimated_wait_p90_seconds?: number;
  readonly estimate_basis?: EstimateBasis;
  /** The customer is with the AI meanwhile, and is called back. */
  readonly callback?: boolean;
  readonly sla_due_at: string;
  readonly offered_to: readonly string[];
  /** How many steps of its routing policy have relaxed `required_skills`, which is what counts now. */
  readonly relaxed_steps?: number;
  /** What was asked for before any step. */
  readonly asked_skills?: RequiredSkills;
  readonly preferred_skills?: RequiredSkills;
  /** The least role that counts now. */
  readonly required_role?: StaffRole | null;
  /** The customer's, and whether whoever takes it must speak it now. */
  readonly language?: string | null;
  readonly language_required?: boolean;
  readonly weight?: number;
  /** When the next step is due; null behind the last one. */
  readonly next_step_at?: string | null;
  readonly sla_warned?: boolean;
  readonly sla_breached?: boolean;
}

export interface OfferView {
  readonly offer_id: string;
  readonly conversation_id: string;
  readonly handover_id: string;
  readonly agent_id: string;
  readonly handover_context: HandoverContext | null;
  readonly created_at: string;
  readonly expires_at: string;
}

const profile = {
  name: Characters(200).trim().min(1),
  email: z.email().max(320).nullable(),
  role: StaffRole,
  skills: z.record(SkillName, SkillLevel),
  max_concurrent: z.int().min(1).max(100),
  languages: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'must be a language tag such as es or pt-BR')
        .transform((tag) => languageOf(tag) as string),
    )
    .max(50),
};
const agent = z.object({ agent_id: CallerToken });
const offer = z.object({ offer_id: z.string() });

export const staffRequests = {
  registerAgent: defineRequest<Replayable<HumanAgentView>>()(
    'human-agent.register',
    z.object({
      agent_id: AgentId.optional(),
      name: profile.name,
      email: profile.email.optional(),
      role: profile.role.default('agent'),
      skills: profile.skills.default({}),
      max_concurrent: profile.max_concurrent.default(3),
      languages: profile.languages.optional(),
    }),
  ),
  updateAgent: defineRequest<HumanAgentView>()(
    'human-agent.update',
    z.object(profile).partial().extend(agent.shape),
  ),
  getAgent: defineRequest<HumanAgentView>()('human-agent.get', agent),
  listAgents: defineRequest<Page<HumanAgentView>>()('human-agent.list', PageQuery),
  setPresence: defineRequest<HumanAgentView>()(
    'human-agent.set-presence',
    agent.extend({ status: PresenceSchema }),
  ),
  listQueue: defineRequest<Page<QueueItemView>>()('queue.list', PageQuery),
  queuePosition: defineRequest<WaitEstimate | null>()(
    'queue.position',
    z.object({ handover_id: z.string() }),
  ),
  /** Open offers; `handover_context` is sealed here and opened by the gateway. */
  listOffers: defineRequest<Page<OfferView>>()(
    'offer.list',
    PageQuery.extend({ agent_id: CallerToken.optional() }),
  ),
  getOffer: defineRequest<OfferView>()('offer.get', offer),
  acceptOffer: defineRequest<
    Replayable<{ readonly conversation_id: string; readonly state: ConversationState }>
  >()('offer.accept', offer),
  declineOffer: defineRequest<Replayable<{ readonly offer_id: string }>>()(
    'offer.decline',
    offer.extend({ reason: Characters(500).optional() }),
  ),
  wrapUp: defineRequest<Replayable<{ readonly conversation_id: string }>>()(
    'queue.wrap-up',
    z.object({ conversation_id: ConversationId }),
  ),
} as const;
