import { BatonError, type RequestContext } from '@baton/contracts';
import { newId } from '@baton/service';
import { Body, Controller, Delete, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { idPage, readIdCursor } from '../dto/id-cursor.js';
import { type PageDto, pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { IdempotentEffects } from '../idempotency/idempotent-effects.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { ApiKeyDto, CreateApiKeyDto, NewApiKeyDto } from './api-key.dto.js';
import { ApiKeyRepository, type ApiKeyRow } from './api-key.repository.js';
import { ApiKeys } from './api-keys.js';

const ApiKeyPageDto = pageOf(ApiKeyDto);
const DEFAULT_LIMIT = 50;

@ApiTags('Tenants and keys')
@Controller('api/v1/api-keys')
export class ApiKeyController {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly repository: ApiKeyRepository,
    private readonly effects: IdempotentEffects,
  ) {}

  @Post()
  @HttpCode(201)
  @Allow({ scopes: ['admin'] })
  @Replays()
  @ApiResponse({ status: 201, type: NewApiKeyDto })
  @problems('validation-failed')
  async create(
    @Body() { name, scopes }: CreateApiKeyDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewApiKeyDto> {
    const answer = await this.effects.run(ctx, async (query): Promise<NewApiKeyDto> => {
      const { secret, hash } = this.apiKeys.make();
      const { key_id } = await this.repository.insert(query, ctx.tenant_id, {
        keyId: newId('key'),
        name,
        hash,
        scopes,
      });
      return { key_id, api_key: secret };
    });
    return unwrap(answer, reply);
  }

  @Get()
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 200, type: ApiKeyPageDto })
  @problems('validation-failed')
  async list(@Query() query: PageQueryDto, @Context() ctx: RequestContext): Promise<PageDto<ApiKeyDto>> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await this.repository.list(ctx.tenant_id, readIdCursor(query.cursor), limit + 1);
    return idPage(rows, limit, (row) => row.key_id, toDto);
  }

  @Get(':id')
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 200, type: ApiKeyDto })
  @problems('validation-failed', 'not-found')
  async get(@TokenParam() id: string, @Context() ctx: RequestContext): Promise<ApiKeyDto> {
    const row = await this.repository.find(ctx.tenant_id, id);
    if (!row) throw new BatonError('not-found', 'There is no such API key');
    return toDto(row);
  }

  /** Takes effect within a second, on every replica. */
  @Delete(':id')
  @HttpCode(204)
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 204 })
  @problems('validation-failed', 'not-found')
  async delete(@TokenParam() id: string, @Context() ctx: RequestContext): Promise<void> {
    const isDeleted = await this.apiKeys.delete(ctx.tenant_id, id);
    if (!isDeleted) throw new BatonError('not-found', 'There is no such API key');
  }
}

const toDto = (row: ApiKeyRow): ApiKeyDto => ({
  key_id: row.key_id,
  name: row.name,
  scopes: [...row.scopes],
  created_at: row.created_at.toISOString(),
});
