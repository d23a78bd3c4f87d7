import { BusClient } from '@baton/bus';
import {
  type EventView,
  type Page,
  type RequestContext,
  type RunView,
  workflowRequests,
} from '@baton/contracts';
import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Allow } from '../auth/access.js';
import { EventDto } from '../conversation/event.dto.js';
import { TokenParam } from '../dto/caller-ids.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { whenGone } from '../http/gone.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { AwaitedRuns } from './awaited-runs.js';
import { answerRun, Executes, patienceOf } from './run-answer.js';
import { ExecuteWorkflowDto, RunDto, RunQueryDto } from './workflow.dto.js';

const RunPageDto = pageOf(RunDto);
const EventPageDto = pageOf(EventDto);

@ApiTags('Workflows')
@Controller('api/v1')
export class RunController {
  constructor(
    private readonly bus: BusClient,
    private readonly runs: AwaitedRuns,
  ) {}

  @Post('workflows/execute')
  @HttpCode(200)
  @Allow({ scopes: ['workflows'], staff: 'admin' })
  @Executes()
  @problems('validation-failed', 'not-found', 'body-too-large', 'unsupported-media-type')
  async execute(
    @Body() dto: ExecuteWorkflowDto,
    @Context() ctx: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunView> {
    const patience = patienceOf(request);
    const { waitMs: wait_ms, timeoutMs } = this.runs.firstOf(patience.waitMs);
    const answer = await this.bus.request(workflowRequests.execute, ctx, { ...dto, wait_ms }, { timeoutMs });
    const first = unwrap(answer, reply);
    const run = await this.runs.settled(ctx, first, patience.untilMs, whenGone(reply));
    return answerRun(run, patience, reply);
  }

  @Get('runs')
  @Allow({ scopes: ['workflows'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: RunPageDto })
  @problems('validation-failed')
  list(@Query() query: RunQueryDto, @Context() ctx: RequestContext): Promise<Page<RunView>> {
    return this.bus.request(workflowRequests.listRuns, ctx, query);
  }

  @Get('runs/:id')
  @Allow({ scopes: ['workflows'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: RunDto })
  @problems('validation-failed', 'not-found', 'erased')
  get(@TokenParam() run_id: string, @Context() ctx: RequestContext): Promise<RunView> {
    return this.bus.request(workflowRequests.getRun, ctx, { run_id });
  }

  /** Each step, thought and call of a tool, oldest first. */
  @Get('runs/:id/events')
  @Allow({ scopes: ['workflows'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: EventPageDto })
  @problems('validation-failed', 'not-found', 'erased')
  events(
    @TokenParam() run_id: string,
    @Query() query: PageQueryDto,
    @Context() ctx: RequestContext,
  ): Promise<Page<EventView>> {
    return this.bus.request(workflowRequests.runEvents, ctx, { ...query, run_id });
  }

  @Post('runs/:id/cancel')
  @HttpCode(200)
  @Allow({ scopes: ['workflows'], staff: 'supervisor' })
  @Replays()
  @ApiResponse({ status: 200, type: RunDto })
  @problems('validation-failed', 'not-found', 'conflict', 'erased')
  async cancel(
    @TokenParam() run_id: string,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunView> {
    return unwrap(await this.bus.request(workflowRequests.cancelRun, ctx, { run_id }), reply);
  }
}
