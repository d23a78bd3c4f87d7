import { BusClient } from '@baton/bus';
import { conversationRequests, isBatonError } from '@baton/contracts';
import type { DueTimer } from '@baton/event-store';
import { Clock } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { Commands } from '../log/commands.js';
import { systemContext } from '../log/system-context.js';
import { agentRef, itemRef, type Work } from '../log/work.js';
import type { QueueItem } from '../queue-item/queue-item.state.js';

const TIME_OUT_MS = 10_000;
/** The agent's other business waits so long at most; the timer comes again. */
const ASK_MS = 2_000;

/** An offer that nobody answered in time: missed, and on to the next. */
@Injectable()
export class TimeOutOfferHandler {
  constructor(
    private readonly commands: Commands,
    private readonly bus: BusClient,
    private readonly clock: Clock,
  ) {}

  async onTimer({ tenantId, payload }: DueTimer): Promise<void> {
    const { handover_id, offer_id, agent_id } = payload as {
      handover_id: string;
      offer_id: string;
      agent_id: string;
    };
    await this.commands.execute({
      ctx: systemContext(tenantId),
      deadline: this.clock.nowMs() + TIME_OUT_MS,
      streams: [itemRef(tenantId, handover_id), agentRef(tenantId, agent_id)],
      decide: (work) => this.timeOut(work, handover_id, offer_id, agent_id),
    });
  }

  private async timeOut(work: Work, handoverId: string, offerId: string, agentId: string): Promise<void> {
    const item = await work.item(handoverId);
    if (!isOpen(item, offerId)) return;
    // Accepted, and the process that knew died: its slot must not be given to somebody else before the bus tells.
    const isTheirs = (await this.ownerOf(work.tenantId, item.conversation_id)) === agentId;
    await work.tellItem(
      handoverId,
      isTheirs
        ? { type: 'Assign', agent_id: agentId, offer_id: offerId, told_by: 'conversation' }
        : { type: 'TimeOutOffer', offer_id: offerId },
    );
  }

  private async ownerOf(tenantId: string, conversationId: string): Promise<string | null> {
    try {
      const conversation = await this.bus.request(
        conversationRequests.get,
        systemContext(tenantId),
        { conversation_id: conversationId },
        { timeoutMs: ASK_MS },
      );
      return conversation.state === 'HUMAN_ACTIVE' ? conversation.assigned_agent_id : null;
    } catch (error) {
      if (isBatonError(error, 'not-found') || isBatonError(error, 'erased')) return null;
      throw error;
    }
  }
}

const isOpen = (item: QueueItem, offerId: string): item is Extract<QueueItem, { status: 'WAITING' }> =>
  item.status === 'WAITING' && item.offers[offerId] !== undefined;
