import type { ChatImage, ChatMessage } from '@baton/contracts';
import type Anthropic from '@anthropic-ai/sdk';

import { withDocuments } from '../grounding.js';
import type { ChatRequest } from '../provider.js';
import type { ToolNames } from '../tool-names.js';

type Params = Anthropic.MessageCreateParamsNonStreaming;
type WireMessage = Anthropic.MessageParam;
type Block = Anthropic.ContentBlockParam;

/** The tool whose input is the structured answer. */
export const ANSWER_TOOL = 'give_answer';
/** The vendor wants a limit in every request. */
const DEFAULT_MAX_TOKENS = 4_096;

/** What a model was found not to take; learnt from its own 400. */
export interface Quirks {
  /** Models that always think take no forced tool. */
  readonly forcedTool: boolean;
}

export const EXPECTED_QUIRKS: Quirks = { forcedTool: true };

/** The quirks with what a 400 teaches; undefined where it teaches nothing. */
export const learn = (quirks: Quirks, message: string): Quirks | undefined =>
  quirks.forcedTool && /\btool_choice\b/.test(message) ? { forcedTool: false } : undefined;

/** The request as the vendor wants it. Its messages take no temperature any more: what was asked for is left out. */
export const messageParams = (
  model: string,
  request: ChatRequest,
  names: ToolNames,
  quirks: Quirks,
): Params => {
  const all = withDocuments(request.messages, request.documents);
  const schema = request.outputSchema;
  const system = all.filter((message) => message.role === 'system').map((message) => message.content);
  if (schema && !quirks.forcedTool) system.push(`Give your final answer by calling the tool ${ANSWER_TOOL}.`);
  const tools: Anthropic.Tool[] = request.tools.map((tool) => ({
    name: names.wire(tool.name),
    description: tool.description,
    input_schema: tool.input_schema as Anthropic.Tool.InputSchema,
  }));
  if (schema)
    tools.push({ name: ANSWER_TOOL, description: 'Gives the final answer.', input_schema: asInput(schema) });
  return {
    model,
    max_tokens: request.maxTokens ?? DEFAULT_MAX_TOKENS,
    ...(system.length > 0 && { system: system.join('\n\n') }),
    messages: wireMessages(all, names),
    ...(tools.length > 0 && { tools }),
    ...(schema && { tool_choice: toolChoice(request, quirks) }),
  };
};

const toolChoice = (request: ChatRequest, quirks: Quirks): Anthropic.ToolChoice => {
  if (!quirks.forcedTool) return { type: 'auto' };
  return request.tools.length > 0 ? { type: 'any' } : { type: 'tool', name: ANSWER_TOOL };
};

/** A tool's input is an object; an answer that is none travels as its `value`. */
const asInput = (schema: Readonly<Record<string, unknown>>): Anthropic.Tool.InputSchema =>
  isObjectSchema(schema)
    ? { type: 'object', ...schema }
    : { type: 'object', properties: { value: schema }, required: ['value'] };

export const isObjectSchema = (schema: Readonly<Record<string, unknown>>): boolean =>
  schema.type === 'object' || (schema.type === undefined && schema.properties !== undefined);

/** The conversation in the vendor's shape: it begins with the user, roles take turns, results answer their calls. */
const wireMessages = (messages: readonly ChatMessage[], names: ToolNames): WireMessage[] => {
  const merged: { role: 'user' | 'assistant'; content: Block[] }[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const blocks = blocksOf(message, names);
    if (blocks.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else merged.push({ role, content: blocks });
  }
  if (merged[0]?.role !== 'user')
    merged.unshift({ role: 'user', content: [{ type: 'text', text: '(continue)' }] });
  return merged;
};

const imageBlock = (image: ChatImage): Block => ({
  type: 'image',
  source:
    'url' in image
      ? { type: 'url', url: image.url }
      : { type: 'base64', media_type: image.media_type, data: image.base64 },
});

const blocksOf = (message: Exclude<ChatMessage, { role: 'system' }>, names: ToolNames): Block[] => {
  // An empty text block is refused.
  const text: Block[] = message.content.trim() === '' ? [] : [{ type: 'text', text: message.content }];
  switch (message.role) {
    case 'user':
      return [...text, ...(message.images ?? []).map(imageBlock)];
    case 'assistant':
      return [
        ...text,
        ...(message.tool_calls ?? []).map((call): Block => ({
          type: 'tool_use',
          id: call.id,
          name: names.wire(call.name),
          input: call.args ?? {},
        })),
      ];
    case 'tool':
      return [
        { type: 'tool_result', tool_use_id: message.tool_call_id, content: message.content || '(nothing)' },
      ];
    default:
      return message satisfies never;
  }
};
