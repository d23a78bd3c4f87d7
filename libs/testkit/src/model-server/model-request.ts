import type { IncomingHttpHeaders } from 'node:http';

/** A call as the server understood it, whichever vendor's wire it came by. */
export interface ModelRequest {
  readonly api: 'openai' | 'anthropic';
  readonly model: string;
  readonly streaming: boolean;
  /** Every text of the call, system first: what a test looks for. */
  readonly prompt: string;
  /** The last thing a user said. */
  readonly lastUser: string;
  readonly toolNames: readonly string[];
  /** JSON Schema of a structured output, where one is asked for. */
  readonly schema: unknown;
  /** Results of tools that this call carries. */
  readonly toolResults: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

interface WireMessage {
  readonly role: string;
  readonly content: unknown;
}
interface WireTool {
  readonly name?: string;
  readonly input_schema?: unknown;
  readonly function?: { readonly name: string };
}

export const readModelRequest = (
  api: ModelRequest['api'],
  body: Record<string, unknown>,
  headers: IncomingHttpHeaders,
): ModelRequest => {
  const messages = (body['messages'] ?? []) as WireMessage[];
  const system = api === 'anthropic' ? textOf(body['system']) : '';
  const tools = ((body['tools'] ?? []) as WireTool[]).map((tool) => tool.function?.name ?? tool.name ?? '');
  return {
    api,
    model: String(body['model']),
    streaming: body['stream'] === true,
    prompt: [system, ...messages.map((message) => textOf(message.content))].filter(Boolean).join('\n'),
    lastUser: textOf(messages.findLast((message) => message.role === 'user')?.content),
    toolNames: tools,
    schema: schemaOf(api, body),
    toolResults: messages.flatMap((message) => resultsOf(message)),
    headers,
    body,
  };
};

const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: { text?: string; content?: unknown }) => part.text ?? textOf(part.content))
    .filter(Boolean)
    .join('\n');
};

const resultsOf = (message: WireMessage): string[] => {
  if (message.role === 'tool') return [textOf(message.content)];
  if (!Array.isArray(message.content)) return [];
  return message.content
    .filter((part: { type?: string }) => part.type === 'tool_result')
    .map((part: { content?: unknown }) => textOf(part.content));
};

const schemaOf = (api: ModelRequest['api'], body: Record<string, unknown>): unknown => {
  if (api === 'openai') {
    const format = body['response_format'] as { json_schema?: { schema?: unknown } } | undefined;
    return format?.json_schema?.schema;
  }
  const choice = body['tool_choice'] as { type?: string; name?: string } | undefined;
  if (choice?.type !== 'tool') return undefined;
  return ((body['tools'] ?? []) as WireTool[]).find((tool) => tool.name === choice.name)?.input_schema;
};
