import {
  CONSULTATION_ROLES,
  CONSULTATION_STATUSES,
  type ConsultationMessageView,
  type ConsultationRole,
  type ConsultationStatus,
  type ConsultationView,
} from '@baton/contracts';

import { ActionPlanDto, RiskAssessmentDto } from '../approval/approval.dto.js';
import { CALLER_TOKEN, CONVERSATION_ID } from '../dto/caller-ids.js';
import { DateTime, Int, JsonObject, ListOf, Nested, OneOf, Text } from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';

export class StartConsultationDto {
  @Text({ optional: true, pattern: CALLER_TOKEN, description: 'An approval: what the agent is about to do' })
  approval_id?: string;

  @Text({ optional: true, pattern: CALLER_TOKEN, description: 'A run; one at work stops at its next step' })
  run_id?: string;

  @Text({ optional: true, pattern: CONVERSATION_ID, description: 'A conversation: its latest run' })
  conversation_id?: string;
}

export class AskAgentDto {
  @Text({ min: 1, max: 32_000, notBlank: true, example: 'Why the whole amount?' })
  message!: string;
}

export const CONSULTATION_OUTCOMES = ['COMPLETED', 'CANCELLED'] as const;

export class EndConsultationDto {
  @OneOf(CONSULTATION_OUTCOMES)
  outcome!: (typeof CONSULTATION_OUTCOMES)[number];
}

export class ConsultationQueryDto extends PageQueryDto {
  @OneOf(CONSULTATION_STATUSES, { optional: true })
  status?: ConsultationStatus;

  @Text({ optional: true, pattern: CALLER_TOKEN })
  approval_id?: string;

  @Text({ optional: true, pattern: CALLER_TOKEN })
  run_id?: string;

  @Text({ optional: true, pattern: CONVERSATION_ID })
  conversation_id?: string;
}

export class ConsultationMessagesQueryDto extends PageQueryDto {
  @Text({ optional: true, pattern: CALLER_TOKEN, description: 'Only what came behind this message' })
  after?: string;
}

export class ConsultationMessageDto implements ConsultationMessageView {
  @Text({ example: 'msg_1' })
  message_id!: string;

  @Text({ example: 'cons_1' })
  consultation_id!: string;

  @Int({ description: 'Its place in the history: ascends, and may skip' })
  position!: number;

  @OneOf(CONSULTATION_ROLES)
  role!: ConsultationRole;

  @Text()
  content!: string;

  @JsonObject({
    description:
      '`agent_id` who asked, `answer_id` of a question, `in_reply_to` of its answer, `tools` that were read, a `proposed_plan`, or the `error` that is in place of an answer',
  })
  metadata!: Record<string, unknown>;

  @DateTime()
  timestamp!: string;
}

export class ConsultedStepDto {
  @Text({ example: 'handle' })
  id!: string;

  @Text({ example: 'COMPLETED' })
  status!: string;
}

export class ConsultationContextDto {
  @Nested(() => ActionPlanDto, { nullable: true })
  plan!: ActionPlanDto | null;

  @Nested(() => RiskAssessmentDto, { nullable: true })
  risk_assessment!: RiskAssessmentDto | null;

  @Text({ nullable: true, description: 'Of the conversation' })
  summary!: string | null;

  @ListOf(() => ConsultedStepDto, { description: 'What the run has done so far' })
  steps!: ConsultedStepDto[];
}

export class ConsultationDto implements ConsultationView {
  @Text({ example: 'cons_1' })
  consultation_id!: string;

  @Text({ example: 'order_management', description: "The workflow's name" })
  workflow_id!: string;

  @Text({ example: 'handle', description: 'The node that speaks' })
  agent_id!: string;

  @Text({ example: 'Handle (order_management)' })
  agent_name!: string;

  @Text({ nullable: true })
  approval_id!: string | null;

  @Text({ nullable: true })
  run_id!: string | null;

  @Text({ nullable: true })
  conversation_id!: string | null;

  @OneOf(CONSULTATION_STATUSES)
  status!: ConsultationStatus;

  @Nested(() => ConsultationContextDto)
  context!: ConsultationContextDto;

  @ListOf(() => ConsultationMessageDto, { description: 'The latest, oldest first; the rest page by page' })
  messages!: ConsultationMessageDto[];

  @DateTime()
  started_at!: string;

  @DateTime({ nullable: true })
  completed_at!: string | null;
}
