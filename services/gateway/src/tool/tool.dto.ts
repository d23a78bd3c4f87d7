import { RunStatus, type ToolExecutionView, type ToolView } from '@baton/contracts';

import { Flag, JsonObject, JsonValue, OneOf, Text } from '../dto/fields.js';

export class ToolDto implements ToolView {
  @Text({ example: 'knowledge.search' })
  name!: string;

  @OneOf(['builtin', 'http', 'mcp', 'composio'])
  source!: ToolView['source'];

  @Text()
  description!: string;

  @JsonObject({ description: 'JSON Schema of its arguments' })
  input_schema!: Record<string, unknown>;

  @OneOf(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'])
  risk_tier!: ToolView['risk_tier'];

  @Flag()
  connected!: boolean;
}

export class ExecuteToolDto {
  @JsonObject({ optional: true, description: 'What the tool is called with, by its schema; none: `{}`' })
  args?: Record<string, unknown>;
}

export class ToolExecutionDto implements ToolExecutionView {
  @Text({ example: 'run_1', description: 'The run that the call was' })
  run_id!: string;

  @OneOf(RunStatus.options)
  status!: RunStatus;

  @Text({ nullable: true, description: 'What has to be decided first; set while it is PAUSED' })
  approval_id!: string | null;

  @JsonValue({ description: 'What the tool gave, at most 64 kB of it; null while it runs on or is paused' })
  result!: unknown;
}
