import { BusClient } from '@baton/bus';
import { isBatonError, queueWaitRequests, type WaitVerdict } from '@baton/contracts';
import type { DueTimer } from '@baton/event-store';
import { Clock } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { Roster } from '../human-agent/roster.js';
import { QueueLog } from '../log/queue-log.js';
import { systemContext } from '../log/system-context.js';
import { lookTimer } from '../log/timer-policy.js';
import type { WaitingItem } from '../queue-item/queue-item.state.js';
import { QueueItemReads } from '../queue-item/queue-item.reads.js';
import { isAnyoneThere } from './ever-needed.js';

/** Meanwhile offers come to nothing, and people go home. */
const LOOK_AGAIN_MS = 10_000;
const ASK_MS = 5_000;

/**
 * Looks at an item that nobody is asked about: the conversation says what becomes of the wait (its workflow knows the
 * hours and what is to be done when nobody is there) and tells the customer.
 */
@Injectable()
export class WaitLookHandler {
  constructor(
    private readonly log: QueueLog,
    private readonly roster: Roster,
    private readonly items: QueueItemReads,
    private readonly bus: BusClient,
    private readonly clock: Clock,
  ) {}

  async onTimer({ tenantId, payload }: DueTimer): Promise<void> {
    const { handover_id } = payload as { handover_id: string };
    const { state } = await this.log.loadItem(tenantId, handover_id);
    if (state.status !== 'WAITING' || state.is_callback) return;
    const isAsked = Object.keys(state.offers).length > 0;
    const mayLeave = state.routing.no_agent_available !== 'wait';
    const outcome = isAsked && !mayLeave ? 'told' : await this.tell(tenantId, state, isAsked);
    // The offers may come to nothing; and who stays while there is somebody may have to leave when there is nobody.
    if (outcome === 'told' && (isAsked || mayLeave)) await this.lookAgain(tenantId, handover_id);
  }

  private async tell(
    tenantId: string,
    item: WaitingItem,
    is_asked: boolean,
  ): Promise<WaitVerdict['outcome']> {
    const [{ list }, estimate] = await Promise.all([
      this.roster.online(tenantId),
      this.items.estimate(tenantId, item.handover_id),
    ]);
    try {
      const { outcome } = await this.bus.request(
        queueWaitRequests.tellWait,
        systemContext(tenantId),
        {
          conversation_id: item.conversation_id,
          handover_id: item.handover_id,
          anyone_there: is_asked || isAnyoneThere(item, list),
          is_asked,
          estimate: estimate ?? null,
        },
        { timeoutMs: ASK_MS },
      );
      return outcome;
    } catch (error) {
      if (isBatonError(error, 'not-found') || isBatonError(error, 'erased')) return 'over';
      throw error;
    }
  }

  private lookAgain(tenantId: string, handoverId: string): Promise<void> {
    const dueAt = new Date(this.clock.nowMs() + LOOK_AGAIN_MS).toISOString();
    return this.log.remind(tenantId, lookTimer(handoverId, dueAt));
  }
}
