import {
  CONVERSATION_STATES,
  type ConversationState,
  HANDOVER_REASONS,
  type HandoverReason,
  type OfferView,
  type Priority,
  PRIORITIES,
  type QueueItemView,
} from '@baton/contracts';

import { HandoverContextDto } from '../conversation/conversation.dto.js';
import { CALLER_TOKEN } from '../dto/caller-ids.js';
import { DateTime, Int, ListOfText, Nested, OneOf, SkillMap, Text } from '../dto/fields.js';
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

  @Int()
  estimated_wait_seconds!: number;

  @DateTime()
  sla_due_at!: string;

  @ListOfText({ description: 'Agents with an open offer' })
  offered_to!: string[];

  @Int({ optional: true, description: 'Steps of the routing policy that have relaxed `required_skills`' })
  relaxed_steps?: number;
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
