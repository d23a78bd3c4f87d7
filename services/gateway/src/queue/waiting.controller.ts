import { BusClient } from '@baton/bus';
import { conversationRequests, type RequestContext } from '@baton/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import { HandoverDto } from '../conversation/handover.dto.js';
import { ConversationIdParam } from '../dto/caller-ids.js';
import { Text } from '../dto/fields.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { QueuePlaces } from './queue-places.js';

class WaitingQueryDto {
  @Text({ pattern: /^ho_[0-9a-f-]{36}$/, example: 'ho_019a9f5e-0000-7000-8000-000000000000' })
  handover_id!: string;
}

/** For whoever waits: how long still. */
@ApiTags('Hand-over')
@Controller('api/v1/hil')
export class WaitingController {
  constructor(
    private readonly bus: BusClient,
    private readonly places: QueuePlaces,
  ) {}

  /** Where the wait for a person stands now; what `POST` answered, as of today. */
  @Get('handover/:id')
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent', customer: true })
  @ApiResponse({ status: 200, type: HandoverDto })
  @problems('validation-failed', 'not-found', 'erased')
  async waiting(
    @ConversationIdParam() conversation_id: string,
    @Query() { handover_id }: WaitingQueryDto,
    @Context() ctx: RequestContext,
  ): Promise<HandoverDto> {
    const { state } = await this.bus.request(conversationRequests.get, ctx, { conversation_id });
    const queue =
      state === 'PENDING_HUMAN'
        ? await this.places.of(ctx, handover_id)
        : { position: 0, estimated_wait_seconds: 0 };
    return { handover_id, state, queue };
  }
}
