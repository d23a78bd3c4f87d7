import type { RequestContext } from '@baton/contracts';
import { Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { type PageDto, pageOf } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { DeliveriesQueryDto, DeliveryDto, DeliveryWithPayloadDto } from './delivery.dto.js';
import { DeliveryHandler } from './delivery.handler.js';

const DeliveryPageDto = pageOf(DeliveryDto);

/** What was sent to a webhook, and what it said. */
@ApiTags('Webhooks')
@Controller('api/v1/webhooks/:id')
export class DeliveryController {
  constructor(private readonly deliveries: DeliveryHandler) {}

  /** Newest first. */
  @Get('deliveries')
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @ApiResponse({ status: 200, type: DeliveryPageDto })
  @problems('validation-failed', 'not-found')
  list(
    @TokenParam() id: string,
    @Query() query: DeliveriesQueryDto,
    @Context() { tenant_id }: RequestContext,
  ): Promise<PageDto<DeliveryDto>> {
    return this.deliveries.list(tenant_id, id, query);
  }

  /** With what the receiver is sent. */
  @Get('deliveries/:delivery_id')
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @ApiResponse({ status: 200, type: DeliveryWithPayloadDto })
  @problems('validation-failed', 'not-found')
  get(
    @TokenParam() id: string,
    @TokenParam('delivery_id') deliveryId: string,
    @Context() { tenant_id }: RequestContext,
  ): Promise<DeliveryWithPayloadDto> {
    return this.deliveries.get(tenant_id, id, deliveryId);
  }

  /** Tries it again, now and for another day: the same `webhook-id`, beside whatever else waits. */
  @Post('deliveries/:delivery_id/replay')
  @HttpCode(202)
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @Replays()
  @ApiResponse({ status: 202, type: DeliveryDto })
  @problems('validation-failed', 'not-found', 'invalid-transition')
  async replay(
    @TokenParam() id: string,
    @TokenParam('delivery_id') deliveryId: string,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeliveryDto> {
    return unwrap(await this.deliveries.replay(ctx, id, deliveryId), reply);
  }

  /** Sends `webhook.test`, which is signed, retried and logged like the rest. */
  @Post('test')
  @HttpCode(202)
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @Replays()
  @ApiResponse({ status: 202, type: DeliveryDto })
  @problems('validation-failed', 'not-found', 'invalid-transition')
  async test(
    @TokenParam() id: string,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeliveryDto> {
    return unwrap(await this.deliveries.test(ctx, id), reply);
  }
}
