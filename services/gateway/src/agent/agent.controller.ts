import { BusClient } from '@baton/bus';
import { type Page, type RequestContext, type RunView, workflowRequests } from '@baton/contracts';
import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { whenGone } from '../http/gone.js';
import { problems } from '../problem/problem.dto.js';
import { AwaitedRuns } from '../workflow/awaited-runs.js';
import { answerRun, Executes, patienceOf } from '../workflow/run-answer.js';
import { AgentTypeDto, ExecuteAgentDto } from './agent.dto.js';

const AgentTypePageDto = pageOf(AgentTypeDto);

@ApiTags('Agents')
@Controller('api/v1/agents')
export class AgentController {
  constructor(
    private readonly bus: BusClient,
    private readonly runs: AwaitedRuns,
  ) {}

  /** The agent types that a workflow's node may name. */
  @Get()
  @Allow({ scopes: ['workflows'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: AgentTypePageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto, @Context() ctx: RequestContext): Promise<Page<AgentTypeDto>> {
    return this.bus.request(workflowRequests.listAgents, ctx, query);
  }

  /** One agent run alone, without a workflow; it is a run like any other and found by its id. */
  @Post(':type/execute')
  @HttpCode(200)
  @Allow({ scopes: ['workflows'], staff: 'admin' })
  @Executes()
  @problems('validation-failed', 'not-found', 'body-too-large', 'unsupported-media-type')
  async execute(
    @TokenParam('type') type: string,
    @Body() dto: ExecuteAgentDto,
    @Context() ctx: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunView> {
    const patience = patienceOf(request);
    const { waitMs: wait_ms, timeoutMs } = this.runs.firstOf(patience.waitMs);
    const answer = await this.bus.request(
      workflowRequests.executeAgent,
      ctx,
      { type, ...dto, wait_ms },
      { timeoutMs },
    );
    const first = unwrap(answer, reply);
    const run = await this.runs.settled(ctx, first, patience.untilMs, whenGone(reply));
    return answerRun(run, patience, reply);
  }
}
