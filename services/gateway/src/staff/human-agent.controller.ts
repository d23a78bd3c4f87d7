import { BusClient } from '@baton/bus';
import { type HumanAgentView, type Page, type RequestContext, staffRequests } from '@baton/contracts';
import { Body, Controller, Get, HttpCode, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow, forbidden } from '../auth/access.js';
import { isSupervising, type Principal } from '../auth/principal.js';
import { TokenParam } from '../dto/caller-ids.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Caller, Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { TokenDto } from '../token/token.dto.js';
import { type IssuedToken, Tokens } from '../token/tokens.js';
import { HumanAgentDto, PresenceDto, RegisterHumanAgentDto, UpdateHumanAgentDto } from './human-agent.dto.js';

const HumanAgentPageDto = pageOf(HumanAgentDto);

@ApiTags('Staff')
@Controller('api/v1/human-agents')
export class HumanAgentController {
  constructor(
    private readonly bus: BusClient,
    private readonly tokens: Tokens,
  ) {}

  @Post()
  @HttpCode(201)
  @Allow({ scopes: ['staff', 'admin'], staff: 'admin' })
  @Replays()
  @ApiResponse({ status: 201, type: HumanAgentDto })
  @problems('validation-failed', 'conflict')
  async register(
    @Body() dto: RegisterHumanAgentDto,
    @Context() ctx: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HumanAgentView> {
    return unwrap(await this.bus.request(staffRequests.registerAgent, ctx, dto), reply);
  }

  @Get()
  @Allow({ scopes: ['staff', 'admin'], staff: 'agent' })
  @ApiResponse({ status: 200, type: HumanAgentPageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto, @Context() ctx: RequestContext): Promise<Page<HumanAgentView>> {
    return this.bus.request(staffRequests.listAgents, ctx, query);
  }

  @Get(':id')
  @Allow({ scopes: ['staff', 'admin'], staff: 'agent' })
  @ApiResponse({ status: 200, type: HumanAgentDto })
  @problems('validation-failed', 'not-found')
  get(@TokenParam() agent_id: string, @Context() ctx: RequestContext): Promise<HumanAgentView> {
    return this.bus.request(staffRequests.getAgent, ctx, { agent_id });
  }

  @Patch(':id')
  @Allow({ scopes: ['staff', 'admin'], staff: 'admin' })
  @ApiResponse({ status: 200, type: HumanAgentDto })
  @problems('validation-failed', 'not-found')
  update(
    @TokenParam() agent_id: string,
    @Body() dto: UpdateHumanAgentDto,
    @Context() ctx: RequestContext,
  ): Promise<HumanAgentView> {
    return this.bus.request(staffRequests.updateAgent, ctx, { agent_id, ...dto });
  }

  /** An agent sets its own, a supervisor anybody's. */
  @Put(':id/presence')
  @Allow({ scopes: ['staff', 'admin'], staff: 'agent' })
  @ApiResponse({ status: 200, type: HumanAgentDto })
  @problems('validation-failed', 'not-found')
  setPresence(
    @TokenParam() agent_id: string,
    @Body() { status }: PresenceDto,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
  ): Promise<HumanAgentView> {
    if (!isSupervising(caller) && !(caller.kind === 'staff' && caller.agentId === agent_id))
      throw forbidden('Only a supervisor sets the presence of others');
    return this.bus.request(staffRequests.setPresence, ctx, { agent_id, status });
  }

  @Post(':id/token')
  @HttpCode(201)
  @Allow({ scopes: ['admin'] })
  @ApiResponse({ status: 201, type: TokenDto })
  @problems('validation-failed', 'not-found')
  async token(@TokenParam() agent_id: string, @Context() ctx: RequestContext): Promise<IssuedToken> {
    await this.bus.request(staffRequests.getAgent, ctx, { agent_id });
    return this.tokens.issueStaff(ctx.tenant_id, agent_id);
  }
}
