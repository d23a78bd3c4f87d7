import type { DueTimer, EventStore, Timers } from '@baton/event-store';
import { newId } from '@baton/service';

import { systemContext } from '../conversation/system-context.js';
import type { AnswerWorker } from './answer/answer.worker.js';
import type { ConsultationRepository } from './consultation.repository.js';
import { after, ANSWER_AGAIN_MS, ANSWER_TIMER, IDLE_TIMER } from './consultation.timers.js';
import type { EndConsultationHandler } from './end-consultation.handler.js';

const SETTLE_MS = 10_000;

/** What time does to consultations: silence ends them, and a question whose answerer was lost is taken up again. */
export class ConsultationWatch {
  constructor(
    private readonly ending: EndConsultationHandler,
    private readonly worker: AnswerWorker,
    private readonly repository: ConsultationRepository,
    private readonly store: Pick<EventStore, 'transact'>,
    private readonly clock: { nowIso(): string; nowMs(): number },
  ) {}

  register(timers: Pick<Timers, 'on'>): void {
    timers.on(IDLE_TIMER, (timer) => this.onIdle(timer));
    timers.on(ANSWER_TIMER, (timer) => this.onUnanswered(timer));
  }

  private onIdle({ tenantId, payload }: DueTimer): Promise<void> {
    const ctx = systemContext(tenantId, newId('req'));
    return this.ending.idle(ctx, payload['consultation_id'] as string, this.clock.nowMs() + SETTLE_MS);
  }

  /** Answering takes longer than a timer may: it is begun here, and looked at again until it is done. */
  private async onUnanswered({ tenantId, timerId, kind, payload }: DueTimer): Promise<void> {
    const consultationId = payload['consultation_id'] as string;
    const { state } = await this.repository.load(tenantId, consultationId);
    if (state.status !== 'ACTIVE' || state.open_questions.length === 0) return;
    this.worker.begin(tenantId, consultationId);
    const now = this.clock.nowIso();
    await this.store.transact({
      tenantId,
      now,
      appends: [],
      timers: { set: [{ timerId, kind, dueAt: after(now, ANSWER_AGAIN_MS), payload }] },
    });
  }
}
