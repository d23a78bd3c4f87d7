import { BusClient } from '@baton/bus';
import {
  type Page,
  type RequestContext,
  type ToolExecutionView,
  type ToolView,
  workflowRequests,
} from '@baton/contracts';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Allow } from '../auth/access.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { patienceOf } from '../workflow/run-answer.js';
import { ExecuteToolDto, ToolDto, ToolExecutionDto } from './tool.dto.js';

const ANSWER_MARGIN_MS = 10_000;
const ToolPageDto = pageOf(ToolDto);

@ApiTags('Tools')
@Controller('api/v1/tools')
export class ToolController {
  constructor(private readonly bus: BusClient) {}

  /** Every tool that a workflow may name: whoever decides on a call sees what it takes. */
  @Get()
  @Allow({ scopes: ['workflows'], staff: 'agent' })
  @ApiResponse({ status: 200, type: ToolPageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto, @Context() ctx: RequestContext): Promise<Page<ToolView>> {
    return this.bus.request(workflowRequests.listTools, ctx, query);
  }

  /** One call of a tool alone, by the tool's own tier: what is above LOW waits for a person's decision. */
  @Post(':name/execute')
  @HttpCode(200)
  @Allow({ scopes: ['workflows'], staff: 'admin' })
  @Replays()
  @ApiParam({ name: 'name', schema: { type: 'string', example: 'orders.lookup' } })
  @ApiResponse({ status: 200, type: ToolExecutionDto, description: 'It was done' })
  @ApiResponse({
    status: 202,
    type: ToolExecutionDto,
    description: 'It is still being done, or waits for `approval_id`',
  })
  @problems(
    'validation-failed',
    'not-found',
    'conflict',
    'tool-refused',
    'tool-failed',
    'body-too-large',
    'unsupported-media-type',
  )
  async execute(
    @Param('name') name: string,
    @Body() { args = {} }: ExecuteToolDto,
    @Context() ctx: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ToolExecutionView> {
    const { waitMs: wait_ms, applied } = patienceOf(request);
    const answer = await this.bus.request(
      workflowRequests.executeTool,
      ctx,
      { name, args, wait_ms },
      { timeoutMs: wait_ms + ANSWER_MARGIN_MS },
    );
    const execution = unwrap(answer, reply);
    if (execution.status === 'RUNNING' || execution.status === 'PAUSED') void reply.status(202);
    if (applied) void reply.header('preference-applied', applied);
    return execution;
  }
}
