import { BusClient } from '@baton/bus';
import {
  type BegunConnection,
  connectionRequests,
  type ConnectionView,
  type Page,
  type RequestContext,
} from '@baton/contracts';
import { CONFIG } from '@baton/service';
import { Body, Controller, Delete, Get, Header, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow } from '../auth/access.js';
import type { GatewayConfig } from '../config.js';
import { TokenParam } from '../dto/caller-ids.js';
import { pageOf } from '../dto/page.dto.js';
import { Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import {
  BegunConnectionDto,
  ConnectionDto,
  ConnectionQueryDto,
  CreateConnectionDto,
} from './connection.dto.js';
import { PROVIDER_TIMEOUT_MS } from './provider-timeout.js';
import { redirectUri } from './redirect-uri.js';

const ConnectionPageDto = pageOf(ConnectionDto);

/** Connections to the services of others, which tools use on the tenant's behalf. No answer holds a token. */
@ApiTags('Connections')
@Controller('api/v1/connections')
export class ConnectionController {
  constructor(
    private readonly bus: BusClient,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  /** A person opens `authorize_url`, says yes at the provider, and is sent back here. */
  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @Allow({ scopes: ['workflows', 'admin'], staff: 'admin' })
  @Replays()
  @ApiResponse({ status: 201, type: BegunConnectionDto })
  @problems('validation-failed', 'not-found', 'body-too-large', 'unsupported-media-type')
  async begin(
    @Body() dto: CreateConnectionDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BegunConnection> {
    const body = { ...dto, redirect_uri: redirectUri(this.config) };
    return unwrap(
      await this.bus.request(connectionRequests.begin, ctx, body, { timeoutMs: PROVIDER_TIMEOUT_MS }),
      reply,
    );
  }

  /** Newest first. */
  @Get()
  @Allow({ scopes: ['workflows', 'admin'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: ConnectionPageDto })
  @problems('validation-failed')
  list(@Query() query: ConnectionQueryDto, @Context() ctx: RequestContext): Promise<Page<ConnectionView>> {
    return this.bus.request(connectionRequests.list, ctx, query);
  }

  @Get(':id')
  @Allow({ scopes: ['workflows', 'admin'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: ConnectionDto })
  @problems('validation-failed', 'not-found')
  get(@TokenParam() id: string, @Context() ctx: RequestContext): Promise<ConnectionView> {
    return this.bus.request(connectionRequests.get, ctx, { connection_id: id });
  }

  /** The provider is asked to revoke its tokens; here they are gone in any case. */
  @Delete(':id')
  @HttpCode(204)
  @Allow({ scopes: ['workflows', 'admin'], staff: 'admin' })
  @ApiResponse({ status: 204 })
  @problems('validation-failed', 'not-found')
  async delete(@TokenParam() id: string, @Context() ctx: RequestContext): Promise<void> {
    const body = { connection_id: id };
    await this.bus.request(connectionRequests.delete, ctx, body, { timeoutMs: PROVIDER_TIMEOUT_MS });
  }
}
