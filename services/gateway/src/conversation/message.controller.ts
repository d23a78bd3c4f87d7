import { BusClient } from '@baton/bus';
import {
  BatonError,
  type BodyInputOf,
  conversationRequests,
  type RequestContext,
  type TurnView,
} from '@baton/contracts';
import { newId } from '@baton/service';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Allow, forbidden } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';
import { Caller, Context, unwrap } from '../http/call.js';
import { whenGone } from '../http/gone.js';
import { parsePrefer } from '../http/prefer.js';
import { PREFER_WAIT, Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { RateLimits } from '../rate-limit/rate-limits.js';
import { Outcomes } from './outcome.js';
import { ReceiveMessageDto, TurnDto } from './turn.dto.js';

const OUTCOMES: ReadonlySet<TurnView['status']> = new Set(['PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED']);

const hasOutcome = (turn: TurnView): boolean => OUTCOMES.has(turn.status);

/** The door by which a message comes in. */
@ApiTags('Conversations')
@Controller('api/v1/hil')
export class MessageController {
  constructor(
    private readonly bus: BusClient,
    private readonly limits: RateLimits,
    private readonly outcomes: Outcomes,
  ) {}

  @Post('message')
  @HttpCode(202)
  @Allow({ scopes: ['conversations'], staff: 'agent', customer: true })
  @Replays()
  @ApiHeader(PREFER_WAIT)
  @ApiResponse({ status: 202, type: TurnDto, description: 'Accepted, durably' })
  @ApiResponse({ status: 200, type: TurnDto, description: 'With `Prefer: wait`: the outcome' })
  @problems('validation-failed', 'not-found', 'conflict', 'erased')
  async receive(
    @Body() dto: ReceiveMessageDto,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TurnView> {
    requireSender(dto, caller);
    const conversationId = conversationOf(dto, caller);
    await this.limits.admitMessage(ctx.tenant_id, conversationId, reply);
    const body = {
      ...dto,
      conversation_id: conversationId,
      turn_id: dto.turn_id ?? newId('turn'),
      ...(caller.kind === 'customer' && caller.customer && { customer: caller.customer }),
    };
    const { wait } = parsePrefer(request.headers.prefer);
    if (wait === 0) {
      return unwrap(await this.bus.request(conversationRequests.receiveMessage, ctx, body), reply);
    }
    return this.receiveAndWait(ctx, body, wait, reply);
  }

  private async receiveAndWait(
    ctx: RequestContext,
    body: BodyInputOf<typeof conversationRequests.receiveMessage>,
    seconds: number,
    reply: FastifyReply,
  ): Promise<TurnView> {
    const deadlineMs = performance.now() + seconds * 1000;
    using early = this.outcomes.watch(ctx.tenant_id, body.conversation_id);
    const answer = await this.bus.request(conversationRequests.receiveMessage, ctx, body);
    const first = unwrap(answer, reply);
    // A replayed Idempotency-Key answers with the conversation that its first request made.
    const { conversation_id, turn_id } = first;
    using other =
      conversation_id === body.conversation_id ? null : this.outcomes.watch(ctx.tenant_id, conversation_id);
    const { idempotency: _, ...readContext } = ctx;
    const turn = await (other ?? early).outcome({
      first,
      isOutcome: hasOutcome,
      read: () => this.bus.request(conversationRequests.turn, readContext, { conversation_id, turn_id }),
      deadlineMs,
      signal: whenGone(reply),
    });
    void reply.header('preference-applied', 'wait');
    if (hasOutcome(turn)) void reply.status(200);
    return turn;
  }
}

const requireSender = (dto: ReceiveMessageDto, caller: Principal): void => {
  // A browser that could say who it is could say that it is somebody else, and be told what they said.
  if (caller.kind === 'customer' && dto.customer !== undefined)
    throw forbidden('A conversation token does not say who the customer is');
  if (caller.kind === 'staff' && dto.sender_type !== 'human_agent')
    throw forbidden('A staff token writes as human_agent');
  if (caller.kind !== 'staff' && dto.sender_type === 'human_agent')
    throw forbidden('A human_agent message needs the staff token of the assigned agent');
  if (dto.sender_type === 'human_agent' && dto.conversation_id === undefined) {
    throw new BatonError('validation-failed', 'The body is not valid', {
      errors: [{ path: 'conversation_id', message: 'must name the conversation that the agent is on' }],
    });
  }
};

const conversationOf = (dto: ReceiveMessageDto, caller: Principal): string => {
  if (caller.kind !== 'customer') return dto.conversation_id ?? newId('conv');
  if (dto.conversation_id !== undefined && dto.conversation_id !== caller.conversationId)
    throw forbidden('This token is for another conversation');
  return caller.conversationId;
};
