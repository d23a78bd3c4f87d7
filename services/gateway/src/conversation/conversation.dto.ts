import {
  CONVERSATION_STATES,
  type ConversationState,
  type ConversationView,
  type Customer,
  type HandoverContext,
  HANDOVER_REASONS,
  type HandoverReason,
  MESSAGE_ROLES,
  type MessageRole,
  type MessageView,
  type Priority,
  PRIORITIES,
  type Usage,
} from '@baton/contracts';

import { CALLER_TOKEN, CONVERSATION_ID } from '../dto/caller-ids.js';
import {
  DateTime,
  Decimal,
  Flag,
  Int,
  ListOf,
  MoneyField,
  Nested,
  OneOf,
  QueryInt,
  SkillMap,
  Text,
} from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';

export class CustomerDto implements Customer {
  @Text({ min: 1, max: 128, description: 'Identifies a person across conversations', example: 'cust_9' })
  id!: string;

  @Text({ optional: true, max: 200, example: 'Ana' })
  name?: string;

  @Text({ optional: true, max: 35, example: 'en' })
  locale?: string;
}

export class UsageDto implements Usage {
  @Int()
  input_tokens!: number;

  @Int()
  output_tokens!: number;

  @MoneyField()
  cost_usd!: string;
}

export class TriedDto {
  @Text()
  tool!: string;

  @Text()
  outcome!: string;
}

export class LastMessageDto {
  @OneOf(MESSAGE_ROLES)
  role!: MessageRole;

  @Text()
  content!: string;

  @DateTime()
  created_at!: string;
}

/** What the human gets with a conversation. */
export class HandoverContextDto implements HandoverContext {
  @OneOf(HANDOVER_REASONS)
  reason!: HandoverReason;

  @Text({ nullable: true })
  note!: string | null;

  @Text({ nullable: true })
  summary!: string | null;

  @Text({ nullable: true })
  intent!: string | null;

  @Decimal({ nullable: true, min: 0, max: 1 })
  confidence!: number | null;

  @ListOf(() => TriedDto)
  tried!: TriedDto[];

  @ListOf(() => LastMessageDto)
  last_messages!: LastMessageDto[];

  @SkillMap()
  required_skills!: Record<string, number>;

  @OneOf(PRIORITIES)
  priority!: Priority;
}

export class WorkflowRefDto {
  @Text({ example: 'customer_support' })
  name!: string;

  @Int({ min: 0, description: '0: one that is in no registry, for a run alone' })
  version!: number;
}

/** What a customer's own browser gets to see of its conversation. */
export class CustomerConversationDto {
  @Text({ example: 'conv_123' })
  conversation_id!: string;

  @OneOf(CONVERSATION_STATES)
  state!: ConversationState;

  @Flag({ description: 'A human is on it or awaited' })
  is_hil!: boolean;

  @Text({ description: '`ai`, `human` or nobody yet' })
  owner!: string;

  @Int({ description: 'Grows with each change of owner' })
  owner_epoch!: number;

  @Nested(() => CustomerDto, { nullable: true })
  customer!: CustomerDto | null;

  @Int({ description: 'Of the event log' })
  version!: number;

  @Int()
  turn_count!: number;

  @DateTime()
  created_at!: string;

  @DateTime()
  updated_at!: string;
}

export class ConversationDto implements ConversationView {
  @Text({ example: 'conv_123' })
  conversation_id!: string;

  @OneOf(CONVERSATION_STATES)
  state!: ConversationState;

  @Flag({ description: 'A human is on it or awaited' })
  is_hil!: boolean;

  @OneOf(HANDOVER_REASONS, { nullable: true })
  hil_reason!: HandoverReason | null;

  @Text({ description: '`ai` or the id of the agent' })
  owner!: string;

  @Int({ description: 'Grows with each change of owner' })
  owner_epoch!: number;

  @Text({ nullable: true })
  assigned_agent_id!: string | null;

  @Nested(() => HandoverContextDto, { nullable: true })
  handover_context!: HandoverContextDto | null;

  @Nested(() => CustomerDto, { nullable: true })
  customer!: CustomerDto | null;

  @Nested(() => WorkflowRefDto)
  workflow!: WorkflowRefDto;

  @Int({ description: 'Of the event log' })
  version!: number;

  @Int()
  turn_count!: number;

  @Nested(() => UsageDto)
  usage!: UsageDto;

  @DateTime()
  created_at!: string;

  @DateTime()
  updated_at!: string;
}

export class ConversationQueryDto extends PageQueryDto {
  @OneOf(CONVERSATION_STATES, { optional: true })
  state?: ConversationState;

  @Text({ optional: true, pattern: CALLER_TOKEN })
  assigned_agent_id?: string;

  @Text({ optional: true, max: 128 })
  customer_id?: string;

  @Text({ optional: true, max: 200, description: 'Words to look for' })
  q?: string;
}

export class StateQueryDto {
  @QueryInt({ min: 1, optional: false, description: 'The version to fold the log to' })
  version!: number;
}

export class MessageDto implements MessageView {
  @Text({ example: 'msg_1' })
  message_id!: string;

  @OneOf(MESSAGE_ROLES)
  role!: MessageRole;

  @Text()
  content!: string;

  @Int({ nullable: true })
  turn_number!: number | null;

  @Text()
  owner!: string;

  @Int()
  owner_epoch!: number;

  @DateTime()
  created_at!: string;
}

export const CONVERSATION_ID_FIELD = {
  pattern: CONVERSATION_ID,
  example: 'conv_123',
  description: 'Unique per tenant; made where it is absent',
};
