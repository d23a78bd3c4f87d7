import {
  CONVERSATION_STATES,
  type ConversationState,
  ESTIMATE_BASES,
  type EstimateBasis,
  type Priority,
  PRIORITIES,
} from '@baton/contracts';

import { CALLER_TOKEN } from '../dto/caller-ids.js';
import { Flag, Int, Nested, OneOf, SkillMap, Text } from '../dto/fields.js';

const NOTE = { max: 4000 } as const;

export class RequestHandoverDto {
  @OneOf(['explicit_request', 'staff'], { optional: true })
  reason?: 'explicit_request' | 'staff';

  @Text({ optional: true, ...NOTE })
  note?: string;

  @SkillMap({ optional: true })
  required_skills?: Record<string, number>;

  @OneOf(PRIORITIES, { optional: true })
  priority?: Priority;
}

export class QueuePositionDto {
  @Int({ min: 0, description: '1 is next; 0 is no longer waiting' })
  position!: number;

  @Int({ min: 0, description: 'The median of what it took lately' })
  estimated_wait_seconds!: number;

  @Int({ optional: true, description: 'Nine of ten waited no longer' })
  estimated_wait_p90_seconds?: number;

  @OneOf(ESTIMATE_BASES, { optional: true, description: 'Whose recent waits the estimate goes by' })
  estimate_basis?: EstimateBasis;
}

export class HandoverDto {
  @Text({ example: 'ho_1' })
  handover_id!: string;

  @OneOf(CONVERSATION_STATES)
  state!: ConversationState;

  @Nested(() => QueuePositionDto, { nullable: true, description: 'null while the queue cannot be asked' })
  queue!: QueuePositionDto | null;
}

export class ResolveDto {
  @OneOf(['RESOLVED', 'BACK_TO_AI'])
  outcome!: 'RESOLVED' | 'BACK_TO_AI';

  @Text({ optional: true, ...NOTE })
  resolution?: string;

  @Text({ optional: true, ...NOTE, description: "Reaches the AI's context" })
  guidance?: string;

  @Flag({ optional: true, default: false, description: 'Run an AI turn at once' })
  continue?: boolean;
}

export class TransferDto {
  @Text({ optional: true, pattern: CALLER_TOKEN })
  to_agent_id?: string;

  @SkillMap({ optional: true })
  required_skills?: Record<string, number>;

  @Text({ min: 1, ...NOTE })
  note!: string;
}

export class ReleaseDto {
  @Text({ optional: true, ...NOTE })
  note?: string;
}

export class AssignDto {
  @Text({ pattern: CALLER_TOKEN, example: 'agent_ana' })
  agent_id!: string;
}

export class WhisperDto {
  @Text({ min: 1, max: 4000, notBlank: true })
  message!: string;
}

export class FeedbackDto {
  @Int({ min: 1, max: 5 })
  rating!: number;

  @Text({ optional: true, ...NOTE })
  comment?: string;
}

export class TypingDto {
  @OneOf(['user', 'human_agent'], {
    optional: true,
    description: 'Who is typing; follows from the token unless that is an API key, which means the user',
  })
  sender_type?: 'user' | 'human_agent';

  @Flag({ optional: true, default: true })
  typing?: boolean;
}

export class StateDto {
  @OneOf(CONVERSATION_STATES)
  state!: ConversationState;
}

export class AssignedDto extends StateDto {
  @Text({ example: 'conv_123' })
  conversation_id!: string;

  @Text({ example: 'ho_1' })
  handover_id!: string;
}

export class WhisperedDto {
  @Text({ example: 'msg_4' })
  message_id!: string;
}

export class WrappedUpDto {
  @Text({ example: 'conv_123' })
  conversation_id!: string;
}
