import type { Reply } from './reply.js';

const FINISH = { stop: 'stop', length: 'length', refusal: 'stop', tools: 'tool_calls' } as const;
const CREATED = 1_700_000_000;

const usage = (reply: Reply) => ({
  prompt_tokens: reply.usage.input,
  completion_tokens: reply.usage.output,
  total_tokens: reply.usage.input + reply.usage.output,
});

const calls = (reply: Reply) =>
  reply.calls.map((call, index) => ({
    index,
    id: `call_${index}`,
    type: 'function',
    function: { name: call.name, arguments: call.args },
  }));

/** A whole chat completion. */
export const openAiBody = (reply: Reply, model: string, id: string): unknown => ({
  id,
  object: 'chat.completion',
  created: CREATED,
  model,
  choices: [
    {
      index: 0,
      finish_reason: FINISH[reply.stop],
      logprobs: null,
      message: {
        role: 'assistant',
        content: reply.stop === 'refusal' || reply.calls.length > 0 ? reply.text || null : reply.text,
        refusal: reply.stop === 'refusal' ? reply.text : null,
        ...(reply.calls.length > 0 && { tool_calls: calls(reply) }),
      },
    },
  ],
  usage: usage(reply),
});

const chunk = (model: string, id: string, delta: unknown, finish_reason: string | null): string =>
  `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: CREATED, model, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

/** The words of an answer that stays unfinished. */
export const openAiBeginning = (text: string, model: string, id: string): string[] => [
  chunk(model, id, { role: 'assistant', content: '' }, null),
  ...words(text).map((content) => chunk(model, id, { content }, null)),
];

/** A streamed chat completion, one server-sent event each. */
export const openAiStream = (reply: Reply, model: string, id: string): string[] => {
  const refused = reply.stop === 'refusal';
  return [
    ...openAiBeginning(refused ? '' : reply.text, model, id),
    ...(refused ? [chunk(model, id, { refusal: reply.text }, null)] : []),
    ...(reply.calls.length > 0 ? [chunk(model, id, { tool_calls: calls(reply) }, null)] : []),
    chunk(model, id, {}, FINISH[reply.stop]),
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: CREATED, model, choices: [], usage: usage(reply) })}\n\n`,
    'data: [DONE]\n\n',
  ];
};

/** Words with the space behind them: joined they are the text again. */
export const words = (text: string): string[] => text.match(/\S+\s*|\s+/g) ?? [];
