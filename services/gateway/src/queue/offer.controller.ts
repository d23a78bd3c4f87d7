import { BusClient } from '@baton/bus';
import {
  type HandoverContext,
  type OfferView,
  type Page,
  type RequestContext,
  staffRequests,
} from '@baton/contracts';
import { Keyring } from '@baton/event-store';
import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Allow, forbidden } from '../auth/access.js';
import { isSupervising, type Principal } from '../auth/principal.js';
import { TokenParam } from '../dto/caller-ids.js';
import { pageOf } from '../dto/page.dto.js';
import { Caller, Context, unwrap } from '../http/call.js';
import { Replays } from '../openapi/headers.js';
import { problems } from '../problem/problem.dto.js';
import { AcceptedOfferDto, DeclinedOfferDto, DeclineOfferDto, OfferDto, OfferQueryDto } from './queue.dto.js';

const OfferPageDto = pageOf(OfferDto);

@ApiTags('Staff')
@Controller('api/v1/offers')
export class OfferController {
  constructor(
    private readonly bus: BusClient,
    private readonly keyring: Keyring,
  ) {}

  /** Open offers; an agent sees its own. */
  @Get()
  @Allow({ scopes: ['staff'], staff: 'agent' })
  @ApiResponse({ status: 200, type: OfferPageDto })
  @problems('validation-failed')
  async list(
    @Query() query: OfferQueryDto,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
  ): Promise<Page<OfferView>> {
    const page = await this.bus.request(staffRequests.listOffers, ctx, {
      ...query,
      ...(caller.kind === 'staff' && { agent_id: visibleAgent(query.agent_id, caller) }),
    });
    return { ...page, items: await Promise.all(page.items.map((offer) => this.open(ctx.tenant_id, offer))) };
  }

  /** True in the conversation's own log before it is said here. */
  @Post(':id/accept')
  @HttpCode(200)
  @Allow({ scopes: ['staff'], staff: 'agent' })
  @Replays()
  @ApiResponse({ status: 200, type: AcceptedOfferDto })
  @problems('validation-failed', 'not-found', 'offer-gone')
  async accept(
    @TokenParam() offer_id: string,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedOfferDto> {
    await this.requireOwn(offer_id, ctx, caller);
    return unwrap(await this.bus.request(staffRequests.acceptOffer, ctx, { offer_id }), reply);
  }

  @Post(':id/decline')
  @HttpCode(200)
  @Allow({ scopes: ['staff'], staff: 'agent' })
  @Replays()
  @ApiResponse({ status: 200, type: DeclinedOfferDto })
  @problems('validation-failed', 'not-found', 'offer-gone')
  async decline(
    @TokenParam() offer_id: string,
    @Body() dto: DeclineOfferDto,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeclinedOfferDto> {
    await this.requireOwn(offer_id, ctx, caller);
    return unwrap(await this.bus.request(staffRequests.declineOffer, ctx, { offer_id, ...dto }), reply);
  }

  /** An offer is to one agent; nobody takes it in another's name but a key that speaks for the desk. */
  private async requireOwn(offer_id: string, ctx: RequestContext, caller: Principal): Promise<void> {
    if (caller.kind !== 'staff') return;
    const { idempotency: _, ...readContext } = ctx;
    const offer = await this.bus.request(staffRequests.getOffer, readContext, { offer_id });
    if (offer.agent_id !== caller.agentId) throw forbidden('This offer was made to another agent');
  }

  /** The queue carries the context sealed; only here, for the one it is offered to, it is opened. */
  private async open(tenantId: string, offer: OfferView): Promise<OfferView> {
    const context = await this.keyring.open(tenantId, offer.handover_context);
    const isErased = typeof context === 'string';
    return { ...offer, handover_context: isErased ? null : (context as HandoverContext | null) };
  }
}

const visibleAgent = (asked: string | undefined, caller: Principal & { kind: 'staff' }): string => {
  if (asked !== undefined && asked !== caller.agentId && !isSupervising(caller))
    throw forbidden('Only a supervisor sees the offers of others');
  return asked ?? caller.agentId;
};
