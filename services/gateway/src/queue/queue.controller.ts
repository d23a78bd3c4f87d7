import { BusClient } from '@baton/bus';
import { type Page, type QueueItemView, type RequestContext, staffRequests } from '@baton/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { QueueItemDto } from './queue.dto.js';

const QueuePageDto = pageOf(QueueItemDto);

@ApiTags('Staff')
@Controller('api/v1/queue')
export class QueueController {
  constructor(private readonly bus: BusClient) {}

  /** Who waits, first to be served first. */
  @Get()
  @Allow({ scopes: ['staff'], staff: 'agent' })
  @ApiResponse({ status: 200, type: QueuePageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto, @Context() ctx: RequestContext): Promise<Page<QueueItemView>> {
    return this.bus.request(staffRequests.listQueue, ctx, query);
  }
}
