import { BusClient } from '@baton/bus';
import {
  type ConsultationMessageView,
  consultationRequests as requests,
  type ConsultationView,
  type Page,
  type RequestContext,
} from '@baton/contracts';
import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { pageOf } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { whenGone } from '../http/gone.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { AwaitedAnswers } from './awaited-answers.js';
import {
  AskAgentDto,
  ConsultationDto,
  ConsultationMessageDto,
  ConsultationMessagesQueryDto,
  ConsultationQueryDto,
  EndConsultationDto,
  StartConsultationDto,
} from './consultation.dto.js';
import { CONSULTATION } from './consultation-socket.js';

const ConsultationPageDto = pageOf(ConsultationDto);
const ConsultationMessagePageDto = pageOf(ConsultationMessageDto);

/** An answer that takes longer is heard over the socket, or read in the history. */
const ANSWER_WAIT_MS = 60_000;

/** People talk with an agent about what it did, or is about to do; nothing that is pending is lost by it. */
@ApiTags('Consultations')
@Controller('api/v1/consultations')
export class ConsultationController {
  constructor(
    private readonly bus: BusClient,
    private readonly answers: AwaitedAnswers,
  ) {}

  /** About exactly one of the three. Where somebody already talks about the same, it is theirs that is joined. */
  @Post()
  @HttpCode(201)
  @Allow(CONSULTATION)
  @Replays()
  @ApiResponse({ status: 201, type: ConsultationDto })
  @problems('validation-failed', 'not-found', 'erased', 'body-too-large', 'unsupported-media-type')
  async start(
    @Body() dto: StartConsultationDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConsultationView> {
    return unwrap(await this.bus.request(requests.start, ctx, { ...dto }), reply);
  }

  /** Newest first, each with its latest messages. */
  @Get()
  @Allow(CONSULTATION)
  @ApiResponse({ status: 200, type: ConsultationPageDto })
  @problems('validation-failed')
  list(
    @Query() query: ConsultationQueryDto,
    @Context() ctx: RequestContext,
  ): Promise<Page<ConsultationView>> {
    return this.bus.request(requests.list, ctx, query);
  }

  @Get(':id')
  @Allow(CONSULTATION)
  @ApiResponse({ status: 200, type: ConsultationDto })
  @problems('validation-failed', 'not-found', 'erased')
  get(@TokenParam() consultation_id: string, @Context() ctx: RequestContext): Promise<ConsultationView> {
    return this.bus.request(requests.get, ctx, { consultation_id });
  }

  /** Oldest first. */
  @Get(':id/messages')
  @Allow(CONSULTATION)
  @ApiResponse({ status: 200, type: ConsultationMessagePageDto })
  @problems('validation-failed', 'not-found', 'erased')
  messages(
    @TokenParam() consultation_id: string,
    @Query() query: ConsultationMessagesQueryDto,
    @Context() ctx: RequestContext,
  ): Promise<Page<ConsultationMessageView>> {
    return this.bus.request(requests.messages, ctx, { ...query, consultation_id });
  }

  /**
   * Answers with the agent's message. Where the model fails it is a SYSTEM message with `metadata.error`, and the
   * consultation stays open. 202 with the question itself where the answer takes longer than a minute.
   */
  @Post(':id/messages')
  @HttpCode(200)
  @Allow(CONSULTATION)
  @Replays()
  @ApiResponse({ status: 200, type: ConsultationMessageDto })
  @ApiResponse({
    status: 202,
    type: ConsultationMessageDto,
    description: 'The question: its answer comes later',
  })
  @problems(
    'validation-failed',
    'not-found',
    'invalid-transition',
    'erased',
    'body-too-large',
    'unsupported-media-type',
  )
  async ask(
    @TokenParam() consultation_id: string,
    @Body() dto: AskAgentDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConsultationMessageView> {
    const until = performance.now() + ANSWER_WAIT_MS;
    const question = unwrap(await this.bus.request(requests.send, ctx, { consultation_id, ...dto }), reply);
    const answer = await this.answers.of(ctx, question, until, whenGone(reply));
    if (answer.role === 'HUMAN') void reply.status(202);
    return answer;
  }

  /** Its run, if one stands still for it, goes on; what is pending stays pending. */
  @Post(':id/end')
  @HttpCode(200)
  @Allow(CONSULTATION)
  @Replays()
  @ApiResponse({ status: 200, type: ConsultationDto })
  @problems(
    'validation-failed',
    'not-found',
    'invalid-transition',
    'erased',
    'body-too-large',
    'unsupported-media-type',
  )
  async end(
    @TokenParam() consultation_id: string,
    @Body() dto: EndConsultationDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConsultationView> {
    return unwrap(await this.bus.request(requests.end, ctx, { consultation_id, ...dto }), reply);
  }
}
