import type { AnswerOf, BodyOf, RequestContext, staffRequests } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { requireMayAnswerFor } from '../access/may-answer-for.js';
import { Commands } from '../log/commands.js';
import { agentRef, itemRef } from '../log/work.js';
import { OfferReads } from './offer.reads.js';

/** An agent says no: their slot is free, and somebody else is asked. */
@Injectable()
export class DeclineOfferHandler {
  constructor(
    private readonly commands: Commands,
    private readonly offers: OfferReads,
  ) {}

  /** @throws BatonError `not-found`, `forbidden`, `offer-gone` */
  async decline(
    ctx: RequestContext,
    { offer_id, reason }: BodyOf<typeof staffRequests.declineOffer>,
    deadline: number,
  ): Promise<AnswerOf<typeof staffRequests.declineOffer>> {
    const { agent_id, handover_id } = await this.offers.get(ctx.tenant_id, offer_id);
    requireMayAnswerFor(ctx.actor, agent_id);
    return this.commands.execute({
      ctx,
      deadline,
      streams: [itemRef(ctx.tenant_id, handover_id), agentRef(ctx.tenant_id, agent_id)],
      decide: async (work) => {
        await work.tellItem(handover_id, {
          type: 'DeclineOffer',
          offer_id,
          reason: reason ?? null,
          now: work.now,
        });
        return { offer_id };
      },
    });
  }
}
