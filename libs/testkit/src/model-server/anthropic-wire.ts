import { words } from './openai-wire.js';
import type { Reply } from './reply.js';

const STOP = { stop: 'end_turn', length: 'max_tokens', refusal: 'refusal', tools: 'tool_use' } as const;

const frame = (type: string, data: Record<string, unknown>): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

const toolBlocks = (reply: Reply) =>
  reply.calls.map((call, index) => ({
    type: 'tool_use',
    id: `toolu_${index}`,
    name: call.name,
    args: call.args,
  }));

const lenient = (args: string): unknown => {
  try {
    return JSON.parse(args) as unknown;
  } catch {
    return args;
  }
};

/** A whole message. */
export const anthropicBody = (reply: Reply, model: string, id: string): unknown => ({
  id,
  type: 'message',
  role: 'assistant',
  model,
  content: [
    ...(reply.text === '' ? [] : [{ type: 'text', text: reply.text, citations: null }]),
    ...toolBlocks(reply).map(({ args, ...block }) => ({ ...block, input: lenient(args) })),
  ],
  stop_reason: STOP[reply.stop],
  stop_sequence: null,
  usage: { input_tokens: reply.usage.input, output_tokens: reply.usage.output },
});

/** The words of an answer that stays unfinished. */
export const anthropicBeginning = (text: string, model: string, id: string, input = 1): string[] => [
  frame('message_start', {
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: input, output_tokens: 1 },
    },
  }),
  frame('content_block_start', { index: 0, content_block: { type: 'text', text: '', citations: null } }),
  ...words(text).map((word) =>
    frame('content_block_delta', { index: 0, delta: { type: 'text_delta', text: word } }),
  ),
];

/** A streamed message, one server-sent event each. */
export const anthropicStream = (reply: Reply, model: string, id: string): string[] => [
  ...anthropicBeginning(reply.text, model, id, reply.usage.input),
  frame('content_block_stop', { index: 0 }),
  ...toolBlocks(reply).flatMap(({ args, ...block }, index) => [
    frame('content_block_start', { index: index + 1, content_block: { ...block, input: {} } }),
    frame('content_block_delta', {
      index: index + 1,
      delta: { type: 'input_json_delta', partial_json: args },
    }),
    frame('content_block_stop', { index: index + 1 }),
  ]),
  frame('message_delta', {
    delta: { stop_reason: STOP[reply.stop], stop_sequence: null },
    usage: { output_tokens: reply.usage.output },
  }),
  frame('message_stop', {}),
];
