import { z } from 'zod';

import { Characters } from '../text.js';
import { Timestamp } from '../time.js';

export const CONVERSATION_STATES = [
  'NEW',
  'AI_PROCESSING',
  'FINISHED',
  'PENDING_HUMAN',
  'HUMAN_ACTIVE',
  'RESOLVED',
  'BACK_TO_AI',
] as const;
export const ConversationState = z.enum(CONVERSATION_STATES);
export type ConversationState = z.infer<typeof ConversationState>;

export const TurnStatus = z.enum(['COLLECTING', 'PROCESSING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED']);
export type TurnStatus = z.infer<typeof TurnStatus>;

export const HANDOVER_REASONS = [
  'explicit_request',
  'confidence_threshold',
  'agent_decision',
  'repetition',
  'failure',
  'budget',
  'approval',
  'consultation',
  'expression',
  'staff',
] as const;
export const HandoverReason = z.enum(HANDOVER_REASONS);
export type HandoverReason = z.infer<typeof HandoverReason>;

/** Lowest first: a higher one is always offered before a lower one. */
export const PRIORITIES = ['LOW', 'NORMAL', 'HIGH', 'URGENT'] as const;
export const Priority = z.enum(PRIORITIES);
export type Priority = z.infer<typeof Priority>;

/** Lowest first; each includes the ones before. */
export const STAFF_ROLES = ['agent', 'senior', 'supervisor', 'admin'] as const;
export const StaffRole = z.enum(STAFF_ROLES);
export type StaffRole = z.infer<typeof StaffRole>;

export const SkillName = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/);
export const SkillLevel = z.int().min(1).max(5);
/** Skill → least level that is needed. */
export const RequiredSkills = z.record(SkillName, SkillLevel);
export type RequiredSkills = z.infer<typeof RequiredSkills>;

/** A decimal string in USD, unrounded. */
export const Money = z.string().regex(/^\d+(\.\d+)?$/);

export const Usage = z.object({ input_tokens: z.int(), output_tokens: z.int(), cost_usd: Money });
export type Usage = z.infer<typeof Usage>;
export const NO_USAGE: Usage = { input_tokens: 0, output_tokens: 0, cost_usd: '0' };

export const Customer = z.object({
  id: Characters(128, 1),
  name: Characters(200).optional(),
  locale: Characters(35).optional(),
});
export type Customer = z.infer<typeof Customer>;

export const MESSAGE_ROLES = ['user', 'assistant', 'human_agent', 'system'] as const;
export const MessageRole = z.enum(MESSAGE_ROLES);
export type MessageRole = z.infer<typeof MessageRole>;

/** What the human is given with a conversation. */
export const HandoverContext = z.object({
  reason: HandoverReason,
  note: z.string().nullable(),
  summary: z.string().nullable(),
  intent: z.string().nullable(),
  confidence: z.number().nullable(),
  tried: z.array(z.object({ tool: z.string(), outcome: z.string() })),
  last_messages: z.array(z.object({ role: MessageRole, content: z.string(), created_at: Timestamp })),
  required_skills: RequiredSkills,
  priority: Priority,
  /** What is to be decided, where that is the reason. */
  approval_id: z.string().optional(),
  /** What is being talked about with the paused agent, where that is the reason. */
  consultation_id: z.string().optional(),
});
export type HandoverContext = z.infer<typeof HandoverContext>;

/** The language part of a BCP 47 tag in lower case: `es` of `es-MX`. */
export const LanguageCode = z.string().regex(/^[a-z]{2,8}$/);

/** The language of a locale or tag, `es` of `es-MX` or `es_MX.UTF-8`; undefined for what names none. */
export const languageOf = (tag: string | null | undefined): string | undefined => {
  const language = tag?.split(/[-_.@]/)[0]?.toLowerCase() ?? '';
  return /^[a-z]{2,8}$/.test(language) ? language : undefined;
};

/** What is asked for less after so much waiting, counted from the start of the wait. */
export const RelaxStep = z.object({
  after_ms: z.int(),
  /** Added to each required level; negative. */
  levels: z.int().optional(),
  /** Skills that are no longer asked for. */
  drop: z.array(SkillName).optional(),
  /** The customer's language is only preferred from here on. */
  any_language: z.boolean().optional(),
  /** No role is asked for from here on. */
  any_role: z.boolean().optional(),
  /** Neither skills nor language nor role are asked for from here on. */
  anyone: z.boolean().optional(),
});
export type RelaxStep = z.infer<typeof RelaxStep>;

/** What a routing rule asks of whoever takes the handover, beyond the required skills. */
const Wanted = {
  /** Skills that make an agent fit better; nobody waits for them. */
  preferred_skills: RequiredSkills.optional(),
  /** The least role. */
  role: StaffRole.optional(),
  /** Whether the customer's language is required; else it is preferred. */
  language_required: z.boolean().optional(),
  /** How much of an agent's capacity the conversation takes; 1 where nothing is said. */
  weight: z.int().min(1).max(100).optional(),
};

/** Another rule of the workflow fits once somebody has waited so long: found when the handover was asked for. */
export const RerouteStep = z.object({
  after_ms: z.int(),
  queue: z.string(),
  priority: Priority,
  required_skills: RequiredSkills,
  relax: z.array(RelaxStep),
  ...Wanted,
});
export type RerouteStep = z.infer<typeof RerouteStep>;

/** The workflow's word on how this handover is queued and offered; travels with it, so that a new version changes nothing under way. */
export const RoutingPolicy = z.object({
  relax: z.array(RelaxStep),
  sla: z.object({ first_response_ms: z.int(), warn_at: z.number() }),
  offer: z.object({
    timeout_ms: z.int(),
    parallel: z.int().min(1),
    mode: z.enum(['offer', 'auto_accept']),
    /** So long the agent who knows the customer is asked before anybody else. */
    known_first_ms: z.int().min(0).optional(),
    /** So long nobody else is asked although that agent is busy. */
    known_wait_ms: z.int().min(0).optional(),
  }),
  no_agent_available: z.enum(['wait', 'stay_with_ai', 'callback']),
  abandoned_after_ms: z.int(),
  /** So long may the agent who has it let the customer wait for a word; then it is another's. */
  silent_after_ms: z.int().optional(),
  ...Wanted,
  /** The customer's, by their locale. */
  language: LanguageCode.optional(),
  /** A keyed hash of the customer's id: the same customer has the same one, and it tells nobody who that is. */
  customer_key: z.string().optional(),
  /** Ascending by `after_ms`. */
  reroute: z.array(RerouteStep).optional(),
});
export type RoutingPolicy = z.infer<typeof RoutingPolicy>;
