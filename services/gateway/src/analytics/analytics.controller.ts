import { Readable } from 'node:stream';

import { BusClient } from '@baton/bus';
import {
  type AnalyticsGroup,
  analyticsRequests,
  type AnalyticsSummary,
  BatonError,
  type ConversationAnalytics,
  type RequestContext,
} from '@baton/contracts';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { ConversationIdParam } from '../dto/caller-ids.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { EXPORT_TYPES, exportText } from './analytics-export.js';
import { AnalyticsRowDto } from './analytics-row.dto.js';
import {
  AnalyticsExportQueryDto,
  AnalyticsQueryDto,
  AnalyticsSummaryDto,
  type AnalyticsWindowDto,
  ConversationAnalyticsDto,
} from './analytics.dto.js';

/** Rows of one request to memory-worker: far below what a message may hold. */
const EXPORT_PAGE = 200;

@ApiTags('Analytics')
@Controller('api/v1/analytics')
export class AnalyticsController {
  constructor(private readonly bus: BusClient) {}

  /** All numbers over a window, and per group. */
  @Get('summary')
  @Allow({ scopes: ['analytics'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: AnalyticsSummaryDto })
  @problems('validation-failed')
  summary(@Query() query: AnalyticsQueryDto, @Context() ctx: RequestContext): Promise<AnalyticsSummary> {
    // What the names are has been checked; memory-worker refuses one that is there twice.
    const group_by = query.group_by?.split(',') as AnalyticsGroup[] | undefined;
    return this.bus.request(analyticsRequests.summary, ctx, {
      ...windowOf(query),
      ...(group_by && { group_by }),
    });
  }

  /** The same for one conversation, with whose it was when. */
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

  /** A row per conversation of a window, oldest first, however many there are. */
  @Get('export')
  @Allow({ scopes: ['analytics'], staff: 'supervisor' })
  @ApiExtraModels(AnalyticsRowDto)
  @ApiResponse({
    status: 200,
    content: {
      'text/csv': { schema: { type: 'string', description: 'RFC 4180, with a header' } },
      'application/json': { schema: { type: 'array', items: { $ref: getSchemaPath(AnalyticsRowDto) } } },
      'application/x-ndjson': { schema: { type: 'string', description: 'A row a line' } },
    },
  })
  @problems('validation-failed')
  async export(
    @Query() query: AnalyticsExportQueryDto,
    @Context() ctx: RequestContext,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const format = query.format ?? 'csv';
    const window = windowOf(query);
    const page = (after: string | null) =>
      this.bus.request(analyticsRequests.rows, ctx, { ...window, after, limit: EXPORT_PAGE });
    // Asked for before the answer begins: what is wrong can still be said.
    const first = await page(null);
    void reply
      .header('content-type', EXPORT_TYPES[format])
      .header('content-disposition', `attachment; filename="conversations.${format}"`)
      .header('cache-control', 'no-store')
      .send(Readable.from(exportText(format, first, page)));
  }
}

const windowOf = (query: AnalyticsWindowDto): { from?: string; to?: string } => {
  const from = toTimestamp('from', query.from);
  const to = toTimestamp('to', query.to);
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
};

const toTimestamp = (field: string, text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: field, message: 'must be a time that there is' }],
  });
};
