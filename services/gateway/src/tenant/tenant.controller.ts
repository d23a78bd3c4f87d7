import type { RequestContext } from '@baton/contracts';
import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { type PageDto, pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { CreateTenantDto, NewTenantDto, TenantDto } from './tenant.dto.js';
import { TenantHandler } from './tenant.handler.js';

const TenantPageDto = pageOf(TenantDto);

@ApiTags('Tenants and keys')
@Controller('api/v1/tenants')
export class TenantController {
  constructor(private readonly tenants: TenantHandler) {}

  @Post()
  @HttpCode(201)
  @Allow({ scopes: ['admin'], defaultTenantOnly: true })
  @Replays()
  @ApiResponse({ status: 201, type: NewTenantDto })
  @problems('validation-failed')
  async create(
    @Body() { name }: CreateTenantDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewTenantDto> {
    return unwrap(await this.tenants.create(ctx, name), reply);
  }

  /** Oldest first. */
  @Get()
  @Allow({ scopes: ['admin'], defaultTenantOnly: true })
  @ApiResponse({ status: 200, type: TenantPageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto): Promise<PageDto<TenantDto>> {
    return this.tenants.list(query);
  }
}
