import {
  CONVERSATION_STATES,
  type ConversationState,
  HANDOVER_REASONS,
  type HandoverReason,
  MemoryStatus,
  TurnStatus,
  type TurnView,
} from '@baton/contracts';

import { CALLER_TOKEN } from '../dto/caller-ids.js';
import { DateTime, Decimal, Int, JsonObject, ListOf, Nested, OneOf, Text } from '../dto/fields.js';
import type { TurnWithMemory } from '../memory/turn-memories.js';
import { CONVERSATION_ID_FIELD, CustomerDto } from './conversation.dto.js';

export const SENDER_TYPES = ['user', 'human_agent'] as const;
export type SenderType = (typeof SENDER_TYPES)[number];

export class ReceiveMessageDto {
  @Text({ optional: true, ...CONVERSATION_ID_FIELD })
  conversation_id?: string;

  @Text({
    optional: true,
    pattern: CALLER_TOKEN,
    example: 't-1',
    description: 'Idempotency token within the conversation; made where it is absent',
  })
  turn_id?: string;

  @Text({ min: 1, max: 32_000, notBlank: true, example: 'I need help with a complex return' })
  message!: string;

  @OneOf(SENDER_TYPES)
  sender_type!: SenderType;

  @Text({
    optional: true,
    pattern: CALLER_TOKEN,
    description: 'Counts on the first message; another later is 409',
  })
  workflow_name?: string;

  @Nested(() => CustomerDto, { optional: true })
  customer?: CustomerDto;

  @JsonObject({ optional: true, example: { channel: 'web' } })
  metadata?: Record<string, unknown>;
}

export class ReplyDto {
  @Text({ example: 'msg_2' })
  message_id!: string;

  @Text()
  content!: string;

  @OneOf(['FINISH', 'HANDOVER'])
  sink!: 'FINISH' | 'HANDOVER';

  @Decimal({ nullable: true, min: 0, max: 1 })
  confidence!: number | null;

  @DateTime()
  created_at!: string;
}

export class TurnHandoverDto {
  @Text({ example: 'ho_1' })
  handover_id!: string;

  @OneOf(HANDOVER_REASONS)
  reason!: HandoverReason;

  @Text({ example: 'default' })
  queue!: string;
}

export class TurnDto implements TurnView {
  @Text({ example: 'conv_123' })
  conversation_id!: string;

  @Text({ example: 't-1' })
  turn_id!: string;

  @Int({ min: 1 })
  turn_number!: number;

  @Text({ example: 'conv_123:t-1' })
  idempotency_key!: string;

  @OneOf(TurnStatus.options)
  status!: TurnStatus;

  @OneOf(CONVERSATION_STATES)
  state!: ConversationState;

  @Int({ description: 'Of the event log' })
  version!: number;

  @Nested(() => ReplyDto, { nullable: true })
  reply!: ReplyDto | null;

  @Nested(() => TurnHandoverDto, { nullable: true })
  handover!: TurnHandoverDto | null;
}

export class TurnInputDto {
  @Text()
  turn_id!: string;

  @Text()
  idempotency_key!: string;

  @Text({ optional: true, description: 'Keyed; not shown to the customer' })
  user_input_hash!: string;

  @Text()
  message_id!: string;
}

export class TimingsDto {
  @DateTime()
  received_at!: string;

  @DateTime({ nullable: true })
  started_at!: string | null;

  @DateTime({ nullable: true })
  completed_at!: string | null;
}

export class TurnRecordDto implements TurnWithMemory {
  @Int({ min: 1 })
  turn_number!: number;

  @ListOf(() => TurnInputDto)
  inputs!: TurnInputDto[];

  @Text({ nullable: true, optional: true, description: 'Keyed; not shown to the customer' })
  agent_response_hash!: string | null;

  @OneOf(TurnStatus.options)
  status!: TurnStatus;

  @Text({ nullable: true, optional: true, description: 'Not shown to the customer' })
  run_id!: string | null;

  @Int({ optional: true, description: 'Not shown to the customer' })
  attempts!: number;

  @Nested(() => TimingsDto)
  timings!: TimingsDto;

  @OneOf(MemoryStatus.options, {
    nullable: true,
    optional: true,
    description:
      'Whether the turn is remembered; FAILED until its dead letter is replayed, null while that cannot be known. Not shown to the customer',
  })
  memory!: MemoryStatus | null;
}
