import { Readable } from 'node:stream';

import type { RequestContext } from '@baton/contracts';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { type PageDto, pageOf } from '../dto/page.dto.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import type { RootView } from './audit-root.js';
import {
  AuditExportQueryDto,
  AuditProofDto,
  AuditQueryDto,
  AuditRecordDto,
  AuditRootDto,
  AuditRootsQueryDto,
} from './audit.dto.js';
import { AuditHandler } from './audit.handler.js';
import { CONTENT_TYPES } from './audit-export.js';

const AuditRecordPageDto = pageOf(AuditRecordDto);
const AuditRootPageDto = pageOf(AuditRootDto);

@ApiTags('Audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly audit: AuditHandler) {}

  /** Who saw, asked, decided and ran what; newest first. */
  @Get()
  @Allow({ scopes: ['admin'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: AuditRecordPageDto })
  @problems('validation-failed')
  list(
    @Query() query: AuditQueryDto,
    @Context() { tenant_id }: RequestContext,
  ): Promise<PageDto<AuditRecordDto>> {
    return this.audit.list(tenant_id, query);
  }

  /** All of it at once, oldest first, as it was when it was asked for. */
  @Get('export')
  @Allow({ scopes: ['admin'], staff: 'supervisor' })
  @ApiHeader({ name: 'Accept', required: false, description: '`text/csv`: as `format=csv`' })
  @ApiResponse({
    status: 200,
    content: {
      'application/x-ndjson': { schema: { type: 'string', description: 'A row a line' } },
      'text/csv': { schema: { type: 'string', description: 'RFC 4180, with a header' } },
    },
  })
  @problems('validation-failed')
  async export(
    @Query() query: AuditExportQueryDto,
    @Context() ctx: RequestContext,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const format = query.format ?? (wantsCsv(request) ? 'csv' : 'ndjson');
    const text = await this.audit.export(ctx, query, format);
    void reply
      .header('content-type', CONTENT_TYPES[format])
      .header('content-disposition', `attachment; filename="audit.${format}"`)
      .header('cache-control', 'no-store')
      .send(Readable.from(text));
  }

  /** A root per minute that has rows, oldest first: kept elsewhere, they show what was done to the trail since. */
  @Get('roots')
  @Allow({ scopes: ['admin'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: AuditRootPageDto })
  @problems('validation-failed')
  roots(
    @Query() query: AuditRootsQueryDto,
    @Context() { tenant_id }: RequestContext,
  ): Promise<PageDto<RootView>> {
    return this.audit.listRoots(tenant_id, query);
  }

  @Get(':id')
  @Allow({ scopes: ['admin'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: AuditRecordDto })
  @problems('validation-failed', 'not-found')
  get(@TokenParam() id: string, @Context() { tenant_id }: RequestContext): Promise<AuditRecordDto> {
    return this.audit.get(tenant_id, id);
  }

  /** That a row is in the root of its minute: to be checked without the database, and without trust in it. */
  @Get(':id/proof')
  @Allow({ scopes: ['admin'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: AuditProofDto })
  @problems('validation-failed', 'not-found')
  proof(@TokenParam() id: string, @Context() { tenant_id }: RequestContext): Promise<AuditProofDto> {
    return this.audit.prove(tenant_id, id);
  }
}

const wantsCsv = ({ headers }: FastifyRequest): boolean =>
  (headers.accept ?? '').split(',').some((type) => type.split(';', 1)[0]?.trim() === 'text/csv');
