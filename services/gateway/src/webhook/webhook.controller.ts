import type { RequestContext } from '@baton/contracts';
import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { type PageDto, pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import {
  ChangeWebhookDto,
  CreateWebhookDto,
  NewWebhookDto,
  RotatedSecretDto,
  RotateSecretDto,
  WebhookDto,
} from './webhook.dto.js';
import { WebhookHandler } from './webhook.handler.js';

const WebhookPageDto = pageOf(WebhookDto);

@ApiTags('Webhooks')
@Controller('api/v1/webhooks')
export class WebhookController {
  constructor(private readonly webhooks: WebhookHandler) {}

  /** Tells a server of yours what happens, from now on. */
  @Post()
  @HttpCode(201)
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @Replays()
  @ApiResponse({ status: 201, type: NewWebhookDto })
  @problems('validation-failed')
  async create(
    @Body() dto: CreateWebhookDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewWebhookDto> {
    return unwrap(await this.webhooks.create(ctx, dto), reply);
  }

  @Get()
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @ApiResponse({ status: 200, type: WebhookPageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto, @Context() { tenant_id }: RequestContext): Promise<PageDto<WebhookDto>> {
    return this.webhooks.list(tenant_id, query);
  }

  @Get(':id')
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @ApiResponse({ status: 200, type: WebhookDto })
  @problems('validation-failed', 'not-found')
  get(@TokenParam() id: string, @Context() { tenant_id }: RequestContext): Promise<WebhookDto> {
    return this.webhooks.get(tenant_id, id);
  }

  /** What is not given stays. Enabled again, it is told nothing of what happened meanwhile. */
  @Patch(':id')
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @ApiResponse({ status: 200, type: WebhookDto })
  @problems('validation-failed', 'not-found')
  change(
    @TokenParam() id: string,
    @Body() dto: ChangeWebhookDto,
    @Context() ctx: RequestContext,
  ): Promise<WebhookDto> {
    return this.webhooks.change(ctx, id, dto);
  }

  /** With the log of its deliveries, and those that were pending. */
  @Delete(':id')
  @HttpCode(204)
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @ApiResponse({ status: 204 })
  @problems('validation-failed', 'not-found')
  delete(@TokenParam() id: string, @Context() ctx: RequestContext): Promise<void> {
    return this.webhooks.delete(ctx, id);
  }

  /** A new secret; for a while deliveries are signed with both. */
  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @Replays()
  @ApiResponse({ status: 200, type: RotatedSecretDto })
  @problems('validation-failed', 'not-found')
  async rotateSecret(
    @TokenParam() id: string,
    @Body() dto: RotateSecretDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RotatedSecretDto> {
    return unwrap(await this.webhooks.rotateSecret(ctx, id, dto), reply);
  }
}
