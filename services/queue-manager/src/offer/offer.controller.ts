import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, BatonError, type RequestContext, staffRequests as requests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { isSupervisor, requireMayAnswerFor } from '../access/may-answer-for.js';
import { AcceptOfferHandler } from './accept-offer.handler.js';
import { DeclineOfferHandler } from './decline-offer.handler.js';
import { OfferReads } from './offer.reads.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** The door of offers. */
@Controller()
export class OfferController {
  constructor(
    private readonly acceptances: AcceptOfferHandler,
    private readonly declines: DeclineOfferHandler,
    private readonly offers: OfferReads,
  ) {}

  @HandleRequest(requests.acceptOffer)
  accept({ ctx, body, deadline }: Request<'acceptOffer'>): Answer<'acceptOffer'> {
    return this.acceptances.accept(ctx, body.offer_id, deadline);
  }

  @HandleRequest(requests.declineOffer)
  decline({ ctx, body, deadline }: Request<'declineOffer'>): Answer<'declineOffer'> {
    return this.declines.decline(ctx, body, deadline);
  }

  @HandleRequest(requests.listOffers)
  list({ ctx, body }: Request<'listOffers'>): Answer<'listOffers'> {
    return this.offers.listOpen(ctx.tenant_id, whoseOffers(ctx, body.agent_id), body);
  }

  @HandleRequest(requests.getOffer)
  async get({ ctx, body }: Request<'getOffer'>): Answer<'getOffer'> {
    const offer = await this.offers.get(ctx.tenant_id, body.offer_id);
    requireMayAnswerFor(ctx.actor, offer.agent_id);
    return offer;
  }
}

/** An agent sees their own offers only: an offer shows what a customer said. */
const whoseOffers = ({ actor }: RequestContext, agentId: string | undefined): string | undefined => {
  if (actor.type !== 'human_agent' || isSupervisor(actor)) return agentId;
  if (agentId !== undefined && agentId !== actor.id) {
    throw new BatonError('forbidden', `These are for ${agentId} to see`);
  }
  return actor.id;
};
