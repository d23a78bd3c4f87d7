import type { RequestContext } from '@baton/contracts';
import { newId } from '@baton/service';
import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { idPage, readIdCursor } from '../dto/id-cursor.js';
import { type PageDto, pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { CreateTenantHandler } from './create-tenant.handler.js';
import { CreateTenantDto, NewTenantDto, TenantDto } from './tenant.dto.js';
import { TenantRepository, type TenantRow } from './tenant.repository.js';

const TenantPageDto = pageOf(TenantDto);
const DEFAULT_LIMIT = 50;

@ApiTags('Tenants and keys')
@Controller('api/v1/tenants')
export class TenantController {
  constructor(
    private readonly repository: TenantRepository,
    private readonly createTenant: CreateTenantHandler,
  ) {}

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
    return unwrap(await this.createTenant.handle(ctx, { name, tenantId: newId('tenant') }), reply);
  }

  @Get()
  @Allow({ scopes: ['admin'], defaultTenantOnly: true })
  @ApiResponse({ status: 200, type: TenantPageDto })
  @problems('validation-failed')
  async list(@Query() query: PageQueryDto): Promise<PageDto<TenantDto>> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await this.repository.list(readIdCursor(query.cursor), limit + 1);
    return idPage(rows, limit, (row) => row.tenant_id, toDto);
  }
}

const toDto = (row: TenantRow): TenantDto => ({
  tenant_id: row.tenant_id,
  name: row.name,
  created_at: row.created_at.toISOString(),
});
