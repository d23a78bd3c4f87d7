import { createHash } from 'node:crypto';

import { BatonError, CallerToken } from '@baton/contracts';
import type { ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';

type ApiBodySchema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

const TextPart = z.object({ type: z.literal('text'), text: z.string() });
const UiMessage = z.object({
  id: z.string().max(512).default(''),
  role: z.enum(['system', 'user', 'assistant']),
  parts: z.array(z.object({ type: z.string() }).loose()).default([]),
});
const UiChatRequest = z.object({
  id: z.string().describe('The conversation; a conversation token has its own').optional(),
  messages: z.array(UiMessage).min(1).describe('The last one is sent'),
  trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
  messageId: z.string().optional(),
  workflow_name: CallerToken.optional(),
});

/** The body as the OpenAPI document says it. */
export const UI_CHAT_SCHEMA = z.toJSONSchema(UiChatRequest, {
  target: 'openapi-3.0',
  io: 'input',
}) as ApiBodySchema;

/** What the AI SDK's chat sends, as a message of ours. */
export interface UiChatMessage {
  /** The chat's own id. */
  readonly chatId: string | undefined;
  /** Of the message in the SDK: sent again, it is the same turn. Undefined to ask anew. */
  readonly turnId: string | undefined;
  readonly message: string;
  readonly workflowName: string | undefined;
}

/** Reads the body of a `useChat` request. @throws BatonError `validation-failed` */
export const readUiChat = (body: unknown): UiChatMessage => {
  const parsed = UiChatRequest.safeParse(body);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    throw new BatonError('validation-failed', 'The body is not valid', { errors });
  }
  const { id, messages, trigger, workflow_name } = parsed.data;
  const last = messages.findLast(({ role }) => role === 'user');
  if (!last) throw invalid('messages', 'must hold a message of the user');
  if (trigger === 'submit-message' && last !== messages.at(-1))
    throw invalid('messages', 'must end with a message of the user');
  if (last.parts.some(({ type }) => type === 'file')) throw invalid('messages', 'must hold text only');
  const message = last.parts
    .map((part) => TextPart.safeParse(part).data?.text ?? '')
    .filter((text) => text !== '')
    .join('\n');
  return {
    chatId: id,
    // The log is kept as it was said: asked again is another turn.
    turnId: trigger === 'regenerate-message' || last.id === '' ? undefined : turnIdOf(last.id),
    message,
    workflowName: workflow_name,
  };
};

/** The SDK lets pages choose ids; one that is no token of ours is hashed to one. */
const turnIdOf = (id: string): string =>
  CallerToken.safeParse(id).data ?? createHash('sha256').update(id).digest('hex');

const invalid = (path: string, message: string): BatonError =>
  new BatonError('validation-failed', 'The body is not valid', { errors: [{ path, message }] });
