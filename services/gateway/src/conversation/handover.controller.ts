import { BusClient } from '@baton/bus';
import {
  BatonError,
  type BodyInputOf,
  conversationRequests,
  type ConversationState,
  type ConversationView,
  isBatonError,
  type RequestContext,
  staffRequests,
} from '@baton/contracts';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Allow, forbidden } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';
import { ConversationIdParam } from '../dto/caller-ids.js';
import { Caller, Context, unwrap } from '../http/call.js';
import { whenGone } from '../http/gone.js';
import { parsePrefer } from '../http/prefer.js';
import { PREFER_WAIT, Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { QueuePlaces } from '../queue/queue-places.js';
import {
  AssignDto,
  AssignedDto,
  FeedbackDto,
  HandoverDto,
  ReleaseDto,
  RequestHandoverDto,
  ResolveDto,
  StateDto,
  TransferDto,
  WhisperDto,
  WhisperedDto,
  WrappedUpDto,
} from './handover.dto.js';
import { type ConversationWatch, Outcomes } from './outcome.js';

interface InState {
  readonly state: ConversationState;
}

/** From the AI to a human, between humans, and back. Who owns what is the conversation's own decision. */
@ApiTags('Hand-over')
@Controller('api/v1/hil')
export class HandoverController {
  constructor(
    private readonly bus: BusClient,
    private readonly outcomes: Outcomes,
    private readonly places: QueuePlaces,
  ) {}

  @Post('handover/:id')
  @HttpCode(202)
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent', customer: true })
  @Replays()
  @ApiHeader(PREFER_WAIT)
  @ApiResponse({ status: 202, type: HandoverDto })
  @ApiResponse({ status: 200, type: HandoverDto, description: 'With `Prefer: wait`: no longer waiting' })
  @problems('validation-failed', 'not-found', 'invalid-transition', 'erased')
  async handover(
    @ConversationIdParam() conversation_id: string,
    @Body() dto: RequestHandoverDto,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HandoverDto> {
    if (caller.kind === 'customer' && dto.reason === 'staff')
      throw forbidden('A customer asks for a human with reason explicit_request');
    if (caller.kind === 'customer' && (dto.priority !== undefined || dto.required_skills !== undefined))
      throw forbidden('The queue is not for a customer to order');
    using watch = this.outcomes.watch(ctx.tenant_id, conversation_id);
    const body: BodyInputOf<typeof conversationRequests.requestHandover> = { conversation_id, ...dto };
    const answer = unwrap(await this.bus.request(conversationRequests.requestHandover, ctx, body), reply);
    const settled = await this.settled(answer, { conversation_id, ctx, watch, request, reply });
    const queue =
      settled.state === 'PENDING_HUMAN'
        ? await this.places.of(ctx, answer.handover_id)
        : { position: 0, estimated_wait_seconds: 0 };
    return { handover_id: answer.handover_id, state: settled.state, queue };
  }

  /** The customer would rather not wait. */
  @Post('cancel-handover/:id')
  @HttpCode(200)
  @Allow({ scopes: ['conversations'], customer: true })
  @Replays()
  @ApiResponse({ status: 200, type: StateDto })
  @problems('validation-failed', 'not-found', 'invalid-transition', 'erased')
  async cancelHandover(
    @ConversationIdParam() conversation_id: string,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InState> {
    return unwrap(
      await this.bus.request(conversationRequests.cancelHandover, ctx, { conversation_id }),
      reply,
    );
  }

  /** By the assigned agent, a supervisor or an API key. */
  @Post('resolve/:id')
  @HttpCode(200)
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent' })
  @Replays()
  @ApiResponse({ status: 200, type: StateDto })
  @problems('validation-failed', 'not-found', 'invalid-transition', 'erased')
  async resolve(
    @ConversationIdParam() conversation_id: string,
    @Body() dto: ResolveDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InState> {
    const body = { conversation_id, ...dto };
    return unwrap(await this.bus.request(conversationRequests.resolve, ctx, body), reply);
  }

  @Post('transfer/:id')
  @HttpCode(202)
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent' })
  @Replays()
  @ApiHeader(PREFER_WAIT)
  @ApiResponse({ status: 202, type: StateDto })
  @ApiResponse({ status: 200, type: StateDto, description: 'With `Prefer: wait`: no longer waiting' })
  @problems('validation-failed', 'not-found', 'invalid-transition', 'erased')
  async transfer(
    @ConversationIdParam() conversation_id: string,
    @Body() dto: TransferDto,
    @Context() ctx: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InState> {
    if (dto.to_agent_id !== undefined) await this.requireAgent(ctx, conversation_id, dto.to_agent_id);
    using watch = this.outcomes.watch(ctx.tenant_id, conversation_id);
    const body = { conversation_id, ...dto };
    const answer = unwrap(await this.bus.request(conversationRequests.transfer, ctx, body), reply);
    const { state } = await this.settled(answer, { conversation_id, ctx, watch, request, reply });
    return { state };
  }

  /** The assigned agent puts it back in the queue, age kept. */
  @Post('release/:id')
  @HttpCode(200)
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent' })
  @Replays()
  @ApiResponse({ status: 200, type: StateDto })
  @problems('validation-failed', 'not-found', 'invalid-transition', 'erased')
  async release(
    @ConversationIdParam() conversation_id: string,
    @Body() dto: ReleaseDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InState> {
    const body = { conversation_id, ...dto };
    return unwrap(await this.bus.request(conversationRequests.release, ctx, body), reply);
  }

  @Post('feedback/:id')
  @HttpCode(204)
  @Allow({ scopes: ['conversations'], customer: true })
  @Replays()
  @ApiResponse({ status: 204 })
  @problems('validation-failed', 'not-found', 'erased')
  async feedback(
    @ConversationIdParam() conversation_id: string,
    @Body() dto: FeedbackDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const body = { conversation_id, ...dto };
    unwrap(await this.bus.request(conversationRequests.feedback, ctx, body), reply);
  }

  /** A supervisor gives a conversation to an agent, or takes it. */
  @Post('assign/:id')
  @HttpCode(200)
  @Allow({ scopes: ['staff'], staff: 'supervisor' })
  @Replays()
  @ApiResponse({ status: 200, type: AssignedDto })
  @problems('validation-failed', 'not-found', 'invalid-transition', 'erased')
  async assign(
    @ConversationIdParam() conversation_id: string,
    @Body() dto: AssignDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AssignedDto> {
    await this.requireAgent(ctx, conversation_id, dto.agent_id);
    const body = { conversation_id, ...dto };
    return unwrap(await this.bus.request(conversationRequests.assign, ctx, body), reply);
  }

  /** From a supervisor to the assigned agent; the customer never sees it. */
  @Post('whisper/:id')
  @HttpCode(200)
  @Allow({ scopes: ['staff'], staff: 'supervisor' })
  @Replays()
  @ApiResponse({ status: 200, type: WhisperedDto })
  @problems('validation-failed', 'not-found', 'invalid-transition', 'erased')
  async whisper(
    @ConversationIdParam() conversation_id: string,
    @Body() dto: WhisperDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WhisperedDto> {
    const body = { conversation_id, ...dto };
    return unwrap(await this.bus.request(conversationRequests.whisper, ctx, body), reply);
  }

  /** Wrap-up done, capacity free. */
  @Post('wrap-up/:id')
  @HttpCode(200)
  @Allow({ scopes: ['staff'], staff: 'agent' })
  @Replays()
  @ApiResponse({ status: 200, type: WrappedUpDto })
  @problems('validation-failed', 'not-found', 'invalid-transition', 'erased')
  async wrapUp(
    @ConversationIdParam() conversation_id: string,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WrappedUpDto> {
    // The queue knows neither what was erased nor what no person ever had.
    const { idempotency: _, ...readContext } = ctx;
    const { state } = await this.bus.request(conversationRequests.get, readContext, { conversation_id });
    const answer = await this.bus
      .request(staffRequests.wrapUp, ctx, { conversation_id })
      .catch((error: unknown) => {
        if (!isBatonError(error, 'not-found')) throw error;
        throw new BatonError('invalid-transition', 'No person has had this conversation', {
          details: { state },
        });
      });
    return unwrap(answer, reply);
  }

  /** @throws BatonError `not-found`: a conversation that is given to nobody would wait for ever; `erased` before that */
  private async requireAgent(
    { idempotency: _, ...ctx }: RequestContext,
    conversation_id: string,
    agent_id: string,
  ): Promise<void> {
    try {
      await this.bus.request(staffRequests.getAgent, ctx, { agent_id });
    } catch (error) {
      if (isBatonError(error, 'not-found'))
        await this.bus.request(conversationRequests.get, ctx, { conversation_id });
      throw error;
    }
  }

  /** Under `Prefer: wait`, what became of the wait for a human. */
  private async settled(first: InState, call: WaitingCall): Promise<InState> {
    const { wait } = parsePrefer(call.request.headers.prefer);
    if (wait === 0) return first;
    const { conversation_id } = call;
    const { idempotency: _, ...ctx } = call.ctx;
    const isOutcome = ({ state }: InState): boolean => state !== 'PENDING_HUMAN';
    const settled = await call.watch.outcome<InState>({
      first,
      isOutcome,
      read: (): Promise<ConversationView> =>
        this.bus.request(conversationRequests.get, ctx, { conversation_id }),
      deadlineMs: performance.now() + wait * 1000,
      signal: whenGone(call.reply),
    });
    void call.reply.header('preference-applied', 'wait');
    if (isOutcome(settled)) void call.reply.status(200);
    return settled;
  }
}

interface WaitingCall {
  readonly conversation_id: string;
  readonly ctx: RequestContext;
  readonly watch: ConversationWatch;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}
