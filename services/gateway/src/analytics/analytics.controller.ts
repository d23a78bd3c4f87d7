import { BusClient } from '@baton/bus';
import {
  analyticsRequests,
  type AnalyticsSummary,
  BatonError,
  type ConversationAnalytics,
  type RequestContext,
} from '@baton/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import { ConversationIdParam } from '../dto/caller-ids.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { AnalyticsQueryDto, AnalyticsSummaryDto, ConversationAnalyticsDto } from './analytics.dto.js';

@ApiTags('Analytics')
@Controller('api/v1/analytics')
export class AnalyticsController {
  constructor(private readonly bus: BusClient) {}

  @Get('summary')
  @Allow({ scopes: ['analytics'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: AnalyticsSummaryDto })
  @problems('validation-failed')
  summary(@Query() query: AnalyticsQueryDto, @Context() ctx: RequestContext): Promise<AnalyticsSummary> {
    const from = toTimestamp('from', query.from);
    const to = toTimestamp('to', query.to);
    return this.bus.request(analyticsRequests.summary, ctx, {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(query.group_by && { group_by: query.group_by }),
    });
  }

  @Get('conversations/:id')
  @Allow({ scopes: ['analytics'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: ConversationAnalyticsDto })
  @problems('validation-failed', 'not-found', 'erased')
  conversation(
    @ConversationIdParam() conversation_id: string,
    @Context() ctx: RequestContext,
  ): Promise<ConversationAnalytics> {
    return this.bus.request(analyticsRequests.conversation, ctx, { conversation_id });
  }
}

const toTimestamp = (field: string, text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: field, message: 'must be a time that there is' }],
  });
};
