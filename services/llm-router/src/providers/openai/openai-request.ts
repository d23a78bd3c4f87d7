import type { ChatMessage } from '@baton/contracts';
import type OpenAI from 'openai';

import { withDocuments } from '../grounding.js';
import type { ChatRequest } from '../provider.js';
import type { ToolNames } from '../tool-names.js';
import { responseFormat } from './output-format.js';

type Params = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;
type WireMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;

/** What a model or server was found not to take; learnt from its own 400. */
export interface Quirks {
  readonly temperature: boolean;
  /** The newer name of the limit; the older one is what most compatible servers know. */
  readonly maxCompletionTokens: boolean;
  readonly responseFormat: boolean;
  readonly streamUsage: boolean;
}

/** OpenAI's reasoning models take no temperature; its own server wants the newer name of the token limit. */
export const expectedQuirks = (model: string, official: boolean): Quirks => ({
  temperature: !(official && /^(?:o\d|gpt-5|gpt-6)/.test(model)),
  maxCompletionTokens: official,
  responseFormat: true,
  streamUsage: true,
});

/** The quirks with what a 400 about `param` teaches; undefined where it teaches nothing. */
export const learn = (quirks: Quirks, param: string, message: string): Quirks | undefined => {
  const about = `${param} ${message}`;
  if (quirks.temperature && /\btemperature\b/.test(about)) return { ...quirks, temperature: false };
  if (
    /\bmax_(?:completion_)?tokens\b/.test(about) &&
    /unsupported|not supported|unrecognized|unknown|instead|extra/i.test(message)
  )
    return { ...quirks, maxCompletionTokens: !quirks.maxCompletionTokens };
  if (quirks.responseFormat && /\bresponse_format|json_schema\b/.test(about))
    return { ...quirks, responseFormat: false };
  if (quirks.streamUsage && /\bstream_options|include_usage\b/.test(about))
    return { ...quirks, streamUsage: false };
  return undefined;
};

export const chatParams = (model: string, request: ChatRequest, names: ToolNames, quirks: Quirks): Params => {
  const schema = request.outputSchema;
  const messages = withDocuments(request.messages, request.documents).map((message) =>
    wireMessage(message, names),
  );
  if (schema && !quirks.responseFormat) messages.push({ role: 'system', content: schemaInWords(schema) });
  return {
    model,
    messages,
    ...(request.tools.length > 0 && {
      tools: request.tools.map((tool) => ({
        type: 'function' as const,
        function: {
          name: names.wire(tool.name),
          description: tool.description,
          parameters: tool.input_schema,
        },
      })),
    }),
    ...(schema &&
      quirks.responseFormat && {
        response_format: { type: 'json_schema' as const, json_schema: responseFormat(schema) },
      }),
    ...(request.maxTokens !== null &&
      (quirks.maxCompletionTokens
        ? { max_completion_tokens: request.maxTokens }
        : { max_tokens: request.maxTokens })),
    ...(request.temperature !== null && quirks.temperature && { temperature: request.temperature }),
  };
};

const withImages = ({
  content,
  images = [],
}: Extract<ChatMessage, { role: 'user' }>): string | OpenAI.Chat.Completions.ChatCompletionContentPart[] =>
  images.length === 0
    ? content
    : [
        ...(content === '' ? [] : [{ type: 'text' as const, text: content }]),
        ...images.map((image) => ({
          type: 'image_url' as const,
          image_url: { url: 'url' in image ? image.url : `data:${image.media_type};base64,${image.base64}` },
        })),
      ];

const schemaInWords = (schema: Readonly<Record<string, unknown>>): string =>
  `Answer with one JSON value and nothing else. It must match this JSON Schema:\n${JSON.stringify(schema)}`;

const wireMessage = (message: ChatMessage, names: ToolNames): WireMessage => {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: withImages(message) };
    case 'tool':
      return { role: 'tool', tool_call_id: message.tool_call_id, content: message.content };
    case 'assistant': {
      const calls = message.tool_calls ?? [];
      if (calls.length === 0) return { role: 'assistant', content: message.content };
      return {
        role: 'assistant',
        content: message.content === '' ? null : message.content,
        tool_calls: calls.map((call) => ({
          id: call.id,
          type: 'function',
          function: { name: names.wire(call.name), arguments: JSON.stringify(call.args ?? {}) },
        })),
      };
    }
    default:
      return message satisfies never;
  }
};
