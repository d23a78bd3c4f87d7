import { BusClient } from '@baton/bus';
import { BatonError, type ModelsView, type RequestContext, usageRequests } from '@baton/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { ModelsViewDto, UsageQueryDto, UsageReportDto } from './usage.dto.js';

@ApiTags('Usage')
@Controller('api/v1')
export class UsageController {
  constructor(private readonly bus: BusClient) {}

  @Get('usage')
  @Allow({ scopes: ['analytics', 'admin'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: UsageReportDto })
  @problems('validation-failed')
  async usage(@Query() query: UsageQueryDto, @Context() ctx: RequestContext): Promise<UsageReportDto> {
    const from = toTimestamp('from', query.from);
    const to = toTimestamp('to', query.to);
    if (from !== undefined && to !== undefined && from >= to) throw invalid('to', 'must be after from');
    const { limit, cursor, group_by } = query;
    const report = await this.bus.request(usageRequests.report, ctx, {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(group_by && { group_by }),
      ...(limit !== undefined && { limit }),
      ...(cursor !== undefined && { cursor }),
    });
    const items = report.items.map((item) => ({ ...item, ...(group_by && { [group_by]: item.group }) }));
    return { ...report, items };
  }

  @Get('models')
  @Allow({ scopes: ['analytics', 'workflows', 'admin'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: ModelsViewDto })
  models(@Context() ctx: RequestContext): Promise<ModelsView> {
    return this.bus.request(usageRequests.models, ctx, {});
  }
}

const toTimestamp = (field: string, text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw invalid(field, 'must be a time that there is');
};

const invalid = (path: string, message: string): BatonError =>
  new BatonError('validation-failed', 'The query is not valid', { errors: [{ path, message }] });
