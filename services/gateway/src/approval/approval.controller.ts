import { BusClient } from '@baton/bus';
import { approvalRequests, type ApprovalView, type Page, type RequestContext } from '@baton/contracts';
import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { pageOf } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { ApprovalDto, ApprovalQueryDto, DecideApprovalDto } from './approval.dto.js';
import { requireConsistent } from './decision-rules.js';

const ApprovalPageDto = pageOf(ApprovalDto);

/** What agents ask for before they act, and what people say to it. */
@ApiTags('Approvals')
@Controller('api/v1/approvals')
export class ApprovalController {
  constructor(private readonly bus: BusClient) {}

  /** Newest first. */
  @Get()
  @Allow({ scopes: ['staff', 'workflows'], staff: 'agent' })
  @ApiResponse({ status: 200, type: ApprovalPageDto })
  @problems('validation-failed')
  list(@Query() query: ApprovalQueryDto, @Context() ctx: RequestContext): Promise<Page<ApprovalView>> {
    return this.bus.request(approvalRequests.list, ctx, query);
  }

  @Get(':id')
  @Allow({ scopes: ['staff', 'workflows'], staff: 'agent' })
  @ApiResponse({ status: 200, type: ApprovalDto })
  @problems('validation-failed', 'not-found', 'erased')
  get(@TokenParam() approval_id: string, @Context() ctx: RequestContext): Promise<ApprovalView> {
    return this.bus.request(approvalRequests.get, ctx, { approval_id });
  }

  /**
   * One person's decision: a program's key has no say. Whether this person's role suffices is judged where the approval
   * is, by the role that they have now.
   */
  @Post(':id/decision')
  @HttpCode(200)
  @Allow({ scopes: [], staff: 'agent' })
  @Replays()
  @ApiResponse({ status: 200, type: ApprovalDto, description: 'The approval as it is after the decision' })
  @problems(
    'validation-failed',
    'not-found',
    'conflict',
    'invalid-transition',
    'erased',
    'body-too-large',
    'unsupported-media-type',
  )
  async decide(
    @TokenParam() approval_id: string,
    @Body() dto: DecideApprovalDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApprovalView> {
    requireConsistent(dto);
    return unwrap(await this.bus.request(approvalRequests.decide, ctx, { approval_id, ...dto }), reply);
  }
}
