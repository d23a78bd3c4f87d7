import { runWithCallContext } from '@baton/bus';
import { type DueTimer, Timers } from '@baton/event-store';
import { Injectable } from '@nestjs/common';

import { AssignmentSweep } from '../assignment/assignment-sweep.js';
import { WrapUpHandler } from '../human-agent/wrap-up.handler.js';
import { AcceptOfferHandler } from '../offer/accept-offer.handler.js';
import { TimeOutOfferHandler } from '../offer/time-out-offer.handler.js';
import { WaitingHandler } from '../queue-item/waiting.handler.js';
import { WaitLookHandler } from '../wait/wait-look.handler.js';
import { TIMER_KINDS } from './timer-policy.js';

/** Which timer wakes whom. */
@Injectable()
export class QueueTimers {
  constructor(
    timers: Timers,
    timeOut: TimeOutOfferHandler,
    accept: AcceptOfferHandler,
    waiting: WaitingHandler,
    wrapUps: WrapUpHandler,
    sweep: AssignmentSweep,
    looks: WaitLookHandler,
  ) {
    const on = (kind: string, handler: (timer: DueTimer) => Promise<void> | void): void =>
      timers.on(kind, async (timer) => {
        await runWithCallContext({ tenant_id: timer.tenantId }, () => handler(timer));
      });
    on(TIMER_KINDS.offerTimeout, (timer) => timeOut.onTimer(timer));
    on(TIMER_KINDS.autoAccept, (timer) => accept.onAutoAccept(timer));
    on(TIMER_KINDS.relax, (timer) => waiting.onRelax(timer));
    on(TIMER_KINDS.sla, (timer) => waiting.onSla(timer));
    on(TIMER_KINDS.slaWarning, (timer) => waiting.onSlaWarning(timer));
    on(TIMER_KINDS.wrapUp, (timer) => wrapUps.onTimer(timer));
    on(TIMER_KINDS.look, (timer) => looks.onTimer(timer));
    on(TIMER_KINDS.retry, (timer) => sweep.request(timer.tenantId));
  }
}
