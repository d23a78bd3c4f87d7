import type { RequestContext } from '@baton/contracts';
import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { DEFAULT_LIMIT } from '../dto/id-cursor.js';
import { Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import {
  DeadLetterDto,
  DeadLetterListDto,
  DeadLettersQueryDto,
  DropLetterDto,
  ReplayLetterDto,
} from './dead-letter.dto.js';
import { DeadLetterHandler } from './dead-letter.handler.js';

/** What consumers gave up on, of one tenant. */
@ApiTags('Operations')
@Controller('api/v1/dead-letters')
export class DeadLetterController {
  constructor(private readonly letters: DeadLetterHandler) {}

  /** Newest first. */
  @Get()
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @ApiResponse({ status: 200, type: DeadLetterListDto })
  @problems('validation-failed')
  list(
    @Query() { limit = DEFAULT_LIMIT, ...query }: DeadLettersQueryDto,
    @Context() ctx: RequestContext,
  ): Promise<DeadLetterListDto> {
    return this.letters.list(ctx, { ...query, limit });
  }

  @Get(':id')
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @ApiResponse({ status: 200, type: DeadLetterDto })
  @problems('validation-failed', 'not-found')
  get(@TokenParam() id: string, @Context() ctx: RequestContext): Promise<DeadLetterDto> {
    return this.letters.get(ctx, id);
  }

  /** Lets the stream go on with the event that failed: it is tried again. */
  @Post(':id/replay')
  @HttpCode(202)
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @Replays()
  @ApiResponse({ status: 202, type: DeadLetterDto })
  @problems('validation-failed', 'not-found', 'conflict')
  async replay(
    @TokenParam() id: string,
    @Body() { reason }: ReplayLetterDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeadLetterDto> {
    return unwrap(await this.letters.settle(ctx, id, 'replay', reason?.trim() ?? null), reply);
  }

  /** Lets the stream go on behind the event that failed: what it would have done is not done. */
  @Post(':id/drop')
  @HttpCode(202)
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @Replays()
  @ApiResponse({ status: 202, type: DeadLetterDto })
  @problems('validation-failed', 'not-found', 'conflict')
  async drop(
    @TokenParam() id: string,
    @Body() { reason }: DropLetterDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeadLetterDto> {
    return unwrap(await this.letters.settle(ctx, id, 'drop', reason.trim()), reply);
  }
}
