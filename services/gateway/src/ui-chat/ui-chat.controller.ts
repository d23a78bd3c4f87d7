import { BusClient } from '@baton/bus';
import {
  BatonError,
  conversationRequests,
  hasAtMost,
  isBatonError,
  type RequestContext,
  ConversationId,
} from '@baton/contracts';
import { newId } from '@baton/service';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';
import { Caller, Context } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { RateLimits } from '../rate-limit/rate-limits.js';
import { EVENT_STREAM } from '../stream/sse-channel.js';
import { readUiChat, UI_CHAT_SCHEMA } from './ui-chat.request.js';
import { UiChatStreams } from './ui-chat-stream.js';

const STREAM = { content: { [EVENT_STREAM]: { schema: { type: 'string' as const } } } };

/** For front-ends that are made with `useChat` of the AI SDK. */
@ApiTags('Front-ends')
@Controller('api/v1/ui/chat')
export class UiChatController {
  constructor(
    private readonly bus: BusClient,
    private readonly limits: RateLimits,
    private readonly streams: UiChatStreams,
  ) {}

  /** The last message of the chat is a turn; its answer is the AI SDK's UI message stream, version 1. */
  @Post()
  @HttpCode(200)
  @Allow({ scopes: ['conversations'], customer: true })
  @Replays()
  @ApiBody({ schema: UI_CHAT_SCHEMA })
  @ApiResponse({ status: 200, description: 'UI message stream v1', ...STREAM })
  @problems('validation-failed', 'not-found', 'conflict', 'erased')
  async chat(
    @Body() body: unknown,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { chatId, turnId, message, workflowName } = readUiChat(body);
    if (message.trim() === '' || !hasAtMost(message, 32_000)) throw notAMessage();
    const conversationId = conversationOf(caller, chatId ?? newId('conv'));
    await this.limits.admitMessage(ctx.tenant_id, conversationId, reply);
    const call = { ctx, conversationId, caller, reply };
    const news = this.streams.listen(call);
    try {
      const { result } = await this.bus.request(conversationRequests.receiveMessage, ctx, {
        conversation_id: conversationId,
        turn_id: turnId ?? newId('turn'),
        message,
        sender_type: 'user',
        ...(workflowName !== undefined && { workflow_name: workflowName }),
        ...(caller.kind === 'customer' && caller.customer && { customer: caller.customer }),
      });
      await this.streams.tellTurn(call, result, news);
    } finally {
      news.end();
    }
  }

  /** What a page that comes back has missed; 204 where that is nothing. */
  @Get(':chatId/stream')
  @Allow({ scopes: ['conversations'], customer: true })
  @ApiParam({ name: 'chatId', description: 'The conversation; a conversation token has its own' })
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'The version that is known already (of `data-conversation`)',
  })
  @ApiResponse({ status: 200, description: 'UI message stream v1', ...STREAM })
  @ApiResponse({ status: 204, description: 'Nothing is being said' })
  @problems('validation-failed', 'erased')
  async resume(
    @Param('chatId') chatId: string,
    @Query('after') after: string | undefined,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const conversationId = conversationOf(caller, chatId);
    const known = versionOf(after);
    try {
      const view = await this.bus.request(conversationRequests.get, ctx, { conversation_id: conversationId });
      const told = await this.streams.resume({ ctx, conversationId, caller, reply }, view, known);
      if (told === null) void reply.status(204).send();
    } catch (error) {
      // A chat that has said nothing yet has nothing to resume.
      if (!isBatonError(error, 'not-found')) throw error;
      void reply.status(204).send();
    }
  }
}

/** `useChat` makes up ids by itself: a token that is for one conversation says which. */
/** @throws BatonError `validation-failed` for an id that no conversation has: the bus could not carry it either */
const conversationOf = (caller: Principal, chatId: string): string => {
  if (caller.kind === 'customer') return caller.conversationId;
  const { data, error } = ConversationId.safeParse(chatId);
  if (data !== undefined) return data;
  const message = error?.issues[0]?.message ?? 'is no conversation';
  throw new BatonError('validation-failed', 'The request is not valid', {
    errors: [{ path: 'id', message }],
  });
};

const versionOf = (after: string | undefined): number | undefined => {
  if (after === undefined || after === '') return undefined;
  if (/^\d{1,9}$/.test(after)) return Number(after);
  throw new BatonError('validation-failed', 'The request is not valid', {
    errors: [{ path: 'after', message: 'must be a version of this log' }],
  });
};

const notAMessage = (): BatonError =>
  new BatonError('validation-failed', 'The body is not valid', {
    errors: [{ path: 'messages', message: 'must end with 1 to 32,000 characters, not only white space' }],
  });
