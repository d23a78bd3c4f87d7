import type { RequestContext } from '@baton/contracts';
import { Body, Controller, Delete, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { type PageDto, pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { ApiKeyDto, CreateApiKeyDto, NewApiKeyDto } from './api-key.dto.js';
import { ApiKeyHandler } from './api-key.handler.js';

const ApiKeyPageDto = pageOf(ApiKeyDto);

@ApiTags('Tenants and keys')
@Controller('api/v1/api-keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyHandler) {}

  @Post()
  @HttpCode(201)
  @Allow({ scopes: ['admin'] })
  @Replays()
  @ApiResponse({ status: 201, type: NewApiKeyDto })
  @problems('validation-failed')
  async create(
    @Body() dto: CreateApiKeyDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewApiKeyDto> {
    return unwrap(await this.keys.create(ctx, dto), reply);
  }

  @Get()
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 200, type: ApiKeyPageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto, @Context() { tenant_id }: RequestContext): Promise<PageDto<ApiKeyDto>> {
    return this.keys.list(tenant_id, query);
  }

  @Get(':id')
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 200, type: ApiKeyDto })
  @problems('validation-failed', 'not-found')
  get(@TokenParam() id: string, @Context() { tenant_id }: RequestContext): Promise<ApiKeyDto> {
    return this.keys.get(tenant_id, id);
  }

  /** Takes effect within a second, on every replica. */
  @Delete(':id')
  @HttpCode(204)
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 204 })
  @problems('validation-failed', 'not-found')
  delete(@TokenParam() id: string, @Context() ctx: RequestContext): Promise<void> {
    return this.keys.delete(ctx, id);
  }
}
