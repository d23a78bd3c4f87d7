import type { ToolSpec } from '@baton/contracts';

import {
  CONVERSATION_HANDOVER,
  conversationHandoverTool,
} from '../../tool/builtin/conversation-handover.tool.js';
import { checkArguments } from '../../tool/tool-arguments.js';
import { validate } from '../../workflow/json-schema.js';
import { fieldsOf } from '../prompt/structured-output.js';

export const FINISH = 'finish';

/** The calls by which an agent ends its work; the loop takes them itself, no tool is run. */
export const isDecision = (tool: string): boolean => tool === FINISH || tool === CONVERSATION_HANDOVER;

type OutputSchema = Readonly<Record<string, unknown>> | null;

const finishProperties = {
  reply: { type: 'string', minLength: 1, description: 'The answer, in words for the customer' },
  confidence: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'How sure you are that the reply is right and answers the question',
  },
} as const;

const finishSchema = {
  type: 'object',
  properties: { ...finishProperties, output: {} },
  required: ['reply', 'confidence'],
  additionalProperties: false,
} as const;

export const decisionSpecs = (outputSchema: OutputSchema): ToolSpec[] => [
  {
    name: FINISH,
    description: 'Ends your work with the reply to the customer.',
    input_schema: {
      type: 'object',
      properties: { ...finishProperties, ...(outputSchema && { output: outputSchema }) },
      required: ['reply', 'confidence', ...(outputSchema ? ['output'] : [])],
      additionalProperties: false,
    },
  },
  {
    name: CONVERSATION_HANDOVER,
    description: conversationHandoverTool.description,
    input_schema: { ...conversationHandoverTool.inputSchema },
  },
];

export type FinishReading =
  | {
      readonly reply: string;
      readonly confidence: number;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | { readonly problem: string };

/** What a call of `finish` says, or what is wrong with it, in words from which the model can learn. */
export const readFinish = (args: unknown, outputSchema: OutputSchema): FinishReading => {
  const checked = checkArguments({ name: FINISH, inputSchema: finishSchema }, args);
  if (checked.problem !== undefined) return { problem: checked.problem };
  const { reply, confidence, output } = checked.ok;
  if ((reply as string).trim() === '') return { problem: 'The reply of finish is empty' };
  if (outputSchema) {
    const [fault] = validate(outputSchema, output ?? null, 'output');
    if (fault) return { problem: `The arguments of ${FINISH} do not fit: ${fault.path} ${fault.message}` };
  }
  return {
    reply: reply as string,
    confidence: confidence as number,
    fields: outputSchema ? fieldsOf(output) : {},
  };
};
