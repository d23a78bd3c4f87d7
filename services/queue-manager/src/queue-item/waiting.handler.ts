import type { DueTimer } from '@baton/event-store';
import { Clock } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { Commands } from '../log/commands.js';
import { systemContext } from '../log/system-context.js';
import { itemRef } from '../log/work.js';
import type { QueueItemCommand } from './queue-item.commands.js';

const TIMER_MS = 10_000;

/** What time does to an item that waits: it asks for less or for others, and its SLA goes by. */
@Injectable()
export class WaitingHandler {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  onRelax(timer: DueTimer): Promise<void> {
    return this.tell(timer, (now) => ({ type: 'Relax', now }));
  }

  onSla(timer: DueTimer): Promise<void> {
    return this.tell(timer, (now) => ({ type: 'BreachSla', now }));
  }

  onSlaWarning(timer: DueTimer): Promise<void> {
    return this.tell(timer, (now) => ({ type: 'WarnSla', now }));
  }

  private async tell(timer: DueTimer, commandAt: (now: string) => QueueItemCommand): Promise<void> {
    const { handover_id } = timer.payload as { handover_id: string };
    await this.commands.execute({
      ctx: systemContext(timer.tenantId),
      deadline: this.clock.nowMs() + TIMER_MS,
      streams: [itemRef(timer.tenantId, handover_id)],
      decide: async (work) => {
        // The timer fired by the database's clock: ours, a millisecond behind, must not say that it is too early.
        await work.tellItem(handover_id, commandAt(work.now > timer.dueAt ? work.now : timer.dueAt));
      },
    });
  }
}
