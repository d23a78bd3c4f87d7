import type { AgentTypeView } from '@baton/contracts';

import { Flag, Int, JsonObject, ListOfText, Text, TextOrObject } from '../dto/fields.js';

export class AgentTypeDto implements AgentTypeView {
  @Text({ example: 'reasoning' })
  type!: string;

  @Text()
  description!: string;

  @Text({ example: 'smart', description: 'The tier it asks where no model is named' })
  default_model!: string;

  @Flag({ description: 'Whether it may be given tools' })
  takes_tools!: boolean;

  @Flag()
  available!: boolean;

  @Text({ nullable: true, description: 'Why it is not available' })
  unavailable_reason!: string | null;
}

export class ExecuteAgentDto {
  @TextOrObject({
    example: 'How long do I have to return an item?',
    description: "The message; or an object, which stands for a workflow's `input_data`",
  })
  input!: string | Record<string, unknown>;

  @Text({ optional: true, example: 'smart', description: 'A tier, or provider/model' })
  model?: string;

  @Text({ optional: true, description: 'The task; `{{ input.… }}` stands for parts of the input' })
  prompt?: string;

  @ListOfText({ optional: true, example: ['knowledge.search'] })
  tools?: string[];

  @Int({ optional: true, min: 1, max: 100, description: 'Of a reasoning agent; 8 unless told' })
  max_steps?: number;

  @JsonObject({ optional: true, description: 'JSON Schema of the structured output' })
  output?: Record<string, unknown>;
}
