import type { DueTimer, EventStore, Timers } from '@baton/event-store';
import { type Clock, newId } from '@baton/service';

import type { ConversationCommandHandler } from '../command-handler.js';
import { systemContext } from '../system-context.js';
import { ABANDON_TIMER, SILENCE_TIMER } from '../conversation.timers.js';
import type { CustomerPresence } from './customer-presence.client.js';
import type { WaitHandler } from './wait.handler.js';

const SETTLE_MS = 10_000;
/** While a customer's stream is open it is looked at so often, to know since when it is not. */
const LOOK_EVERY_MS = 60_000;

interface Watched {
  readonly conversation_id: string;
  readonly handover_id: string;
  readonly agent_id: string;
}

interface AwayWatch {
  readonly conversation_id: string;
  readonly handover_id: string;
  readonly after_ms: number;
  /** When their stream was last seen open. */
  readonly here_at?: string;
}

/** What time does to conversations that people have, or are to have. */
export class HumanStretchTimers {
  constructor(
    private readonly waits: WaitHandler,
    private readonly commands: ConversationCommandHandler,
    private readonly presence: CustomerPresence,
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  register(timers: Timers): void {
    timers.on(SILENCE_TIMER, (timer) => this.onSilence(timer));
    timers.on(ABANDON_TIMER, (timer) => this.onAway(timer));
  }

  private onSilence({ tenantId, payload }: DueTimer): Promise<void> {
    const ctx = systemContext(tenantId, newId('req'));
    return this.waits.take(ctx, payload as unknown as Watched, 'silent', this.clock.nowMs() + SETTLE_MS);
  }

  /** The customer has not written for long enough; now it counts whether they look on. */
  private async onAway(timer: DueTimer): Promise<void> {
    const watch = timer.payload as unknown as AwayWatch;
    const seen = await this.presence.look(timer.tenantId, watch.conversation_id);
    const now = this.clock.nowMs();
    const awayAt = watch.here_at === undefined ? 0 : Date.parse(watch.here_at) + watch.after_ms;
    if (seen === 'away' && awayAt <= now) return this.abandon(timer.tenantId, watch);
    const again = now + Math.min(watch.after_ms, LOOK_EVERY_MS);
    await this.lookAgain(timer, seen === 'away' ? Math.min(awayAt, again) : again, {
      ...watch,
      ...(seen === 'here' && { here_at: new Date(now).toISOString() }),
    });
  }

  private async lookAgain(
    { tenantId, timerId, kind }: DueTimer,
    atMs: number,
    payload: AwayWatch,
  ): Promise<void> {
    await this.store.transact({
      tenantId,
      now: this.clock.nowIso(),
      appends: [],
      timers: { set: [{ timerId, kind, dueAt: new Date(atMs).toISOString(), payload: { ...payload } }] },
    });
  }

  private async abandon(tenantId: string, { conversation_id, handover_id }: AwayWatch): Promise<void> {
    await this.commands.execute({
      ctx: systemContext(tenantId, newId('req')),
      conversationId: conversation_id,
      deadline: this.clock.nowMs() + SETTLE_MS,
      command: (_loaded, now) => ({ type: 'Abandon', now, handover_id, notice_id: newId('notice') }),
      answer: () => null,
    });
  }
}
