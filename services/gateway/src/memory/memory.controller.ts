import { BusClient } from '@baton/bus';
import {
  conversationRequests,
  type ConversationMemoryView,
  type MemoryHit,
  memoryRequests,
  type Page,
  type RequestContext,
} from '@baton/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import { ConversationIdParam } from '../dto/caller-ids.js';
import { pageOf } from '../dto/page.dto.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { ConversationMemoryDto, MemoryHitDto, MemoryQueryDto } from './memory.dto.js';

const MemoryPageDto = pageOf(MemoryHitDto);

@ApiTags('Memory')
@Controller('api/v1')
export class MemoryController {
  constructor(private readonly bus: BusClient) {}

  @Get('memory/search')
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent' })
  @ApiResponse({ status: 200, type: MemoryPageDto })
  @problems('validation-failed')
  search(@Query() query: MemoryQueryDto, @Context() ctx: RequestContext): Promise<Page<MemoryHit>> {
    return this.bus.request(memoryRequests.search, ctx, query);
  }

  @Get('conversations/:id/memory')
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent' })
  @ApiResponse({ status: 200, type: ConversationMemoryDto })
  @problems('validation-failed', 'not-found', 'erased')
  async ofConversation(
    @ConversationIdParam() conversation_id: string,
    @Context() ctx: RequestContext,
  ): Promise<ConversationMemoryView> {
    // The memory does not know which conversations there are: another tenant's is 404, an erased one 410.
    await this.bus.request(conversationRequests.get, ctx, { conversation_id });
    return this.bus.request(memoryRequests.ofConversation, ctx, { conversation_id });
  }
}
