import { type FittedContext, RunStatus, type RunView, StepStatus, type WorkflowView } from '@baton/contracts';

import { UsageDto, WorkflowRefDto } from '../conversation/conversation.dto.js';
import { CALLER_TOKEN } from '../dto/caller-ids.js';
import {
  DateTime,
  Decimal,
  Flag,
  Int,
  JsonObject,
  JsonValue,
  ListOf,
  Nested,
  OneOf,
  QueryInt,
  Text,
} from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';
import { FieldErrorDto } from '../problem/problem.dto.js';

export class ExecuteWorkflowDto {
  @Text({ optional: true, pattern: CALLER_TOKEN, example: 'simple_intent_classification' })
  workflow_name?: string;

  @Int({ optional: true, min: 1, max: 2_147_483_647, description: 'The newest unless told' })
  version?: number;

  @Text({
    optional: true,
    max: 262_144,
    description: 'The workflow itself, in YAML, instead of `workflow_name`: for this run alone',
  })
  definition?: string;

  @JsonObject({ example: { message: 'Where is my order?' } })
  input_data!: Record<string, unknown>;
}

export class VersionQueryDto {
  @QueryInt({ min: 1, description: 'The newest unless told' })
  version?: number;
}

export class RunQueryDto extends PageQueryDto {
  @OneOf(RunStatus.options, { optional: true })
  status?: RunStatus;
}

export class RunHandoverDto {
  @Text({ example: 'explicit_request' })
  reason!: string;

  @Text({ nullable: true })
  note!: string | null;
}

export class RunErrorDto {
  @Text({ example: 'model-unavailable' })
  code!: string;

  @Text()
  message!: string;

  @Text({ nullable: true })
  node_id!: string | null;
}

export class RunStepDto {
  @Text({ example: 'classify' })
  id!: string;

  @OneOf(StepStatus.options)
  status!: StepStatus;

  @Int()
  attempts!: number;

  @Decimal()
  duration_ms!: number;

  @JsonValue()
  output!: unknown;

  @JsonObject({
    optional: true,
    description:
      'What of the conversation an agent was shown: tokens, what counted them, and the ids of what was kept and dropped',
  })
  context?: FittedContext;
}

export class RunDto implements RunView {
  @Text({ example: 'run_1' })
  run_id!: string;

  @Nested(() => WorkflowRefDto)
  workflow!: WorkflowRefDto;

  @Text({ nullable: true })
  conversation_id!: string | null;

  @OneOf(RunStatus.options)
  status!: RunStatus;

  @OneOf(['FINISH', 'HANDOVER'], { nullable: true })
  sink!: 'FINISH' | 'HANDOVER' | null;

  @JsonValue()
  output!: unknown;

  @Nested(() => RunHandoverDto, { nullable: true })
  handover!: RunHandoverDto | null;

  @Nested(() => RunErrorDto, { nullable: true })
  error!: RunErrorDto | null;

  @Text({ nullable: true, description: 'What a paused run waits for: the decision on this' })
  approval_id!: string | null;

  @Text({ nullable: true, description: 'What a paused run waits for: the end of this' })
  consultation_id!: string | null;

  @Nested(() => UsageDto)
  usage!: UsageDto;

  @ListOf(() => RunStepDto)
  steps!: RunStepDto[];

  @DateTime()
  created_at!: string;

  @DateTime()
  updated_at!: string;
}

export class WorkflowDto implements WorkflowView {
  @Text({ example: 'customer_support' })
  name!: string;

  @Int({ min: 1, description: 'Each change is a new one; the same content keeps it' })
  version!: number;

  @Text()
  digest!: string;

  @Text({ nullable: true })
  description!: string | null;

  @OneOf(['builtin', 'tenant'])
  source!: 'builtin' | 'tenant';

  @Text({ optional: true, description: 'The document itself, where one workflow was asked for' })
  yaml?: string;
}

export class ValidationDto {
  @Flag()
  valid!: boolean;

  @ListOf(() => FieldErrorDto)
  errors!: FieldErrorDto[];
}
