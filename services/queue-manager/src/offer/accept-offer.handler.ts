import { BusClient } from '@baton/bus';
import {
  type AnswerOf,
  BatonError,
  conversationRequests,
  isBatonError,
  type OfferView,
  type ProblemCode,
  type RequestContext,
  type staffRequests,
} from '@baton/contracts';
import { crashPoint, type DueTimer } from '@baton/event-store';
import { Clock } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { requireMayAnswerFor } from '../access/may-answer-for.js';
import { Commands } from '../log/commands.js';
import { QueueLog } from '../log/queue-log.js';
import { systemContext } from '../log/system-context.js';
import { agentRef, itemRef } from '../log/work.js';
import { OfferReads } from './offer.reads.js';

type Accepted = AnswerOf<typeof staffRequests.acceptOffer>;

/** What of the caller's time is kept for our own commit and answer. */
const OWN_TIME_MS = 500;
const WITHDRAW_MS = 5_000;
const AUTO_ACCEPT_MS = 10_000;

/** The conversation's ways of saying that this handover is not to be had any more. */
const REFUSALS: ReadonlySet<ProblemCode> = new Set([
  'invalid-transition',
  'conflict',
  'stale-owner',
  'not-found',
  'erased',
]);

/**
 * An agent takes an offer. The conversation's stream is the arbiter and is asked first; what it says is then
 * written here. Should this process die in between, `conversation.assigned` tells the same from the bus.
 */
@Injectable()
export class AcceptOfferHandler {
  constructor(
    private readonly commands: Commands,
    private readonly log: QueueLog,
    private readonly offers: OfferReads,
    private readonly bus: BusClient,
    private readonly clock: Clock,
  ) {}

  /** @throws BatonError `not-found`, `forbidden`, `offer-gone` where it was answered, withdrawn or ran out */
  async accept(ctx: RequestContext, offerId: string, deadline: number): Promise<Accepted> {
    const offer = await this.offers.get(ctx.tenant_id, offerId);
    requireMayAnswerFor(ctx.actor, offer.agent_id);
    let agreed: Accepted['result'] | undefined;
    return this.commands.execute({
      ctx,
      deadline,
      streams: [itemRef(ctx.tenant_id, offer.handover_id), agentRef(ctx.tenant_id, offer.agent_id)],
      decide: async (work) => {
        if (!agreed) {
          await work.tellItem(offer.handover_id, { type: 'CheckOffer', offer_id: offerId, now: work.now });
          agreed = await this.askConversation(ctx, offer, deadline);
          crashPoint('accept.after_agreed');
        }
        await work.tellItem(offer.handover_id, {
          type: 'Assign',
          agent_id: offer.agent_id,
          offer_id: offerId,
          told_by: 'acceptance',
        });
        return agreed;
      },
    });
  }

  /** `mode: auto_accept`: the offer is its own answer. */
  async onAutoAccept({ tenantId, payload }: DueTimer): Promise<void> {
    const { offer_id } = payload as { offer_id: string };
    try {
      await this.accept(systemContext(tenantId), offer_id, this.clock.nowMs() + AUTO_ACCEPT_MS);
    } catch (error) {
      // Answered or withdrawn meanwhile: there is nothing left to do.
      if (!isBatonError(error, 'offer-gone')) throw error;
    }
  }

  private async askConversation(
    ctx: RequestContext,
    offer: OfferView,
    deadline: number,
  ): Promise<Accepted['result']> {
    const { conversation_id, handover_id, offer_id, agent_id } = offer;
    try {
      return await this.bus.request(
        conversationRequests.acceptHandover,
        { tenant_id: ctx.tenant_id, actor: ctx.actor, request_id: ctx.request_id },
        { conversation_id, handover_id, offer_id, agent_id },
        { timeoutMs: Math.max(OWN_TIME_MS, deadline - this.clock.nowMs() - OWN_TIME_MS) },
      );
    } catch (error) {
      if (!isBatonError(error) || !REFUSALS.has(error.code)) throw error;
      await this.withdraw(ctx, offer);
      throw new BatonError('offer-gone', 'The conversation has moved on', { cause: error });
    }
  }

  /** Only this offer: another one may just have been accepted. What became of the handover is on the bus already. */
  private async withdraw(ctx: RequestContext, { handover_id, agent_id }: OfferView): Promise<void> {
    await this.log.settle(this.log.deadlineIn(WITHDRAW_MS), async () => {
      const work = this.log.begin(ctx.tenant_id);
      await work.tellItem(handover_id, {
        type: 'WithdrawOffers',
        cause: 'conversation_moved_on',
        agent_id,
      });
      const outcome = await this.log.commit(work, { actor: ctx.actor, correlationId: ctx.request_id });
      return { outcome };
    });
  }
}
