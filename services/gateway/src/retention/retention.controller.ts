import { BusClient } from '@baton/bus';
import {
  type ArchivedView,
  type EventView,
  type Page,
  type RequestContext,
  retentionRequests,
  type RetentionView,
} from '@baton/contracts';
import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import { EventDto } from '../conversation/event.dto.js';
import { ConversationIdParam } from '../dto/caller-ids.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { ArchivedDto, ChooseRetentionDto, RetentionDto } from './retention.dto.js';

const ArchivedPageDto = pageOf(ArchivedDto);
const ArchivedEventPageDto = pageOf(EventDto);

@ApiTags('Retention')
@Controller('api/v1')
export class RetentionController {
  constructor(private readonly bus: BusClient) {}

  /** When conversations that have ended are taken out of service, and what becomes of them. */
  @Get('retention')
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 200, type: RetentionDto })
  get(@Context() ctx: RequestContext): Promise<RetentionView> {
    return this.bus.request(retentionRequests.get, ctx, {});
  }

  @Put('retention')
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 200, type: RetentionDto })
  @problems('validation-failed')
  choose(@Body() { action }: ChooseRetentionDto, @Context() ctx: RequestContext): Promise<RetentionView> {
    return this.bus.request(retentionRequests.set, ctx, { action });
  }

  /** Conversations that were archived; newest first. An erasure takes them from here too. */
  @Get('archive')
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 200, type: ArchivedPageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto, @Context() ctx: RequestContext): Promise<Page<ArchivedView>> {
    return this.bus.request(retentionRequests.listArchive, ctx, query);
  }

  /** The log of an archived conversation, oldest event first. */
  @Get('archive/:id')
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 200, type: ArchivedEventPageDto })
  @problems('validation-failed', 'not-found')
  read(
    @ConversationIdParam() conversation_id: string,
    @Query() query: PageQueryDto,
    @Context() ctx: RequestContext,
  ): Promise<Page<EventView>> {
    return this.bus.request(retentionRequests.readArchive, ctx, { conversation_id, ...query });
  }
}
