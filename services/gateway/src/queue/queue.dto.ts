import {
  CONVERSATION_STATES,
  type ConversationState,
  ESTIMATE_BASES,
  type EstimateBasis,
  HANDOVER_REASONS,
  type HandoverReason,
  type OfferView,
  type Priority,
  PRIORITIES,
  type QueueItemView,
  STAFF_ROLES,
  type StaffRole,
} from '@baton/contracts';

import { HandoverContextDto } from '../conversation/conversation.dto.js';
import { CALLER_TOKEN } from '../dto/caller-ids.js';
import { DateTime, Flag, Int, ListOfText, Nested, OneOf, SkillMap, Text } from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';

export class QueueItemDto implements QueueItemView {
  @Text({ example: 'conv_123' })
  conversation_id!: string;

  @Text({ example: 'ho_1' })
  handover_id!: string;

  @OneOf(PRIORITIES)
  priority!: Priority;

  @SkillMap()
  required_skills!: Record<string, number>;

  @OneOf(HANDOVER_REASONS)
  reason!: HandoverReason;

  @DateTime()
  enqueued_at!: string;

  @Int()
  waited_seconds!: number;

  @Int({ min: 1 })
  position!: number;

  @Int({ description: 'The median of what it took lately' })
  estimated_wait_seconds!: number;

  @Int({ optional: true, description: 'Nine of ten waited no longer' })
  estimated_wait_p90_seconds?: number;

  @OneOf(ESTIMATE_BASES, { optional: true, description: 'Whose recent waits the estimate goes by' })
  estimate_basis?: EstimateBasis;

  @Flag({ optional: true, description: 'The customer is with the AI meanwhile, and is called back' })
  callback?: boolean;

  @DateTime()
  sla_due_at!: string;

  @ListOfText({ description: 'Agents with an open offer' })
  offered_to!: string[];

  @Int({ optional: true, description: 'Steps of the routing policy that have relaxed `required_skills`' })
  relaxed_steps?: number;

  @SkillMap({ optional: true, description: 'What was asked for before any step' })
  asked_skills?: Record<string, number>;

  @SkillMap({ optional: true, description: 'Make an agent fit better; nobody waits for them' })
  preferred_skills?: Record<string, number>;

  @OneOf(STAFF_ROLES, { optional: true, nullable: true, description: 'The least role that counts now' })
  required_role?: StaffRole | null;

  @Text({ optional: true, nullable: true, example: 'es', description: "The customer's, by their locale" })
  language?: string | null;

  @Flag({ optional: true, description: 'Whether the language must be spoken now; else it is preferred' })
  language_required?: boolean;

  @Int({ optional: true, description: "How much of an agent's capacity it takes" })
  weight?: number;

  @DateTime({
    optional: true,
    nullable: true,
    description: 'When the next step of the policy is due; null behind the last one',
  })
  next_step_at?: string | null;

  @Flag({ optional: true, description: 'Most of the time to a first answer is gone' })
  sla_warned?: boolean;

  @Flag({ optional: true })
  sla_breached?: boolean;
}

export class OfferQueryDto extends PageQueryDto {
  @Text({ optional: true, pattern: CALLER_TOKEN, description: "A staff token's own unless told" })
  agent_id?: string;
}

export class OfferDto implements OfferView {
  @Text({ example: 'offer_1' })
  offer_id!: string;

  @Text({ example: 'conv_123' })
  conversation_id!: string;

  @Text({ example: 'ho_1' })
  handover_id!: string;

  @Text({ example: 'agent_ana' })
  agent_id!: string;

  @Nested(() => HandoverContextDto, { nullable: true, description: 'null where the conversation was erased' })
  handover_context!: HandoverContextDto | null;

  @DateTime()
  created_at!: string;

  @DateTime()
  expires_at!: string;
}

export class DeclineOfferDto {
  @Text({ optional: true, max: 500 })
  reason?: string;
}

export class AcceptedOfferDto {
  @Text({ example: 'conv_123' })
  conversation_id!: string;

  @OneOf(CONVERSATION_STATES, { example: 'HUMAN_ACTIVE' })
  state!: ConversationState;
}

export class DeclinedOfferDto {
  @Text({ example: 'offer_1' })
  offer_id!: string;
}
