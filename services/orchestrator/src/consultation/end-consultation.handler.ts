import {
  type BodyOf,
  type consultationRequests,
  type ConsultationView,
  isBatonError,
  type Replayable,
  type RequestContext,
} from '@baton/contracts';
import { type Outcome, withRetry } from '@baton/event-store';
import { newId } from '@baton/service';

import { callerKeys, callerScope, replayOf } from './caller-keys.js';
import type { ConsultationIndex } from './consultation-index.js';
import type { ConsultationNewsroom } from './consultation-news.js';
import type { End } from './consultation.commands.js';
import { consultationDecider, noSuchConsultation } from './consultation.decider.js';
import type { ConsultationReads } from './consultation.reads.js';
import { consultationKeyId, type ConsultationRepository } from './consultation.repository.js';
import type { KnownConsultation } from './consultation.state.js';
import { IDLE_AFTER_MS } from './consultation.timers.js';
import type { ConsultedRuns } from './consulted-runs.port.js';
import { consultedWords } from './consulted-words.js';
import { closingText } from './notices.js';
import { whoIs } from './start-consultation.handler.js';

export interface ConsultationEndParts {
  readonly index: ConsultationIndex;
  readonly repository: ConsultationRepository;
  readonly reads: ConsultationReads;
  readonly news: ConsultationNewsroom;
  readonly runs: ConsultedRuns;
  readonly nowIso: () => string;
}

interface Ending {
  readonly outcome: End['outcome'];
  readonly cause: End['cause'];
  readonly by: string | null;
  /** False where it is not to end as it is: it was spoken in meanwhile. */
  readonly isDue?: (state: KnownConsultation, now: string) => boolean;
}

/** Ends consultations: by a person, by time, or since what they were about is over; a run that stood still goes on. */
export class EndConsultationHandler {
  constructor(private readonly parts: ConsultationEndParts) {}

  /** `POST /api/v1/consultations/{id}/end`. @throws BatonError `not-found`, `invalid-transition` where it has ended */
  async handle(
    ctx: RequestContext,
    { consultation_id, outcome }: BodyOf<typeof consultationRequests.end>,
    deadline: number,
  ): Promise<Replayable<ConsultationView>> {
    const { index, reads } = this.parts;
    const scope = callerScope(ctx);
    const earlier = scope === undefined ? undefined : await index.idempotency(ctx.tenant_id, scope);
    if (earlier) replayOf(ctx, earlier);
    const done =
      earlier ??
      (await this.end(ctx, consultation_id, { outcome, cause: 'ended', by: whoIs(ctx.actor) }, deadline));
    if (done.kind === 'replayed') replayOf(ctx, done);
    return { result: await reads.get(ctx.tenant_id, consultation_id), replayed: done.kind === 'replayed' };
  }

  /** Nobody has said anything for half an hour. */
  async idle(ctx: RequestContext, consultationId: string, deadline: number): Promise<void> {
    const isDue = (state: KnownConsultation, now: string): boolean =>
      state.open_questions.length === 0 && Date.parse(state.updated_at) + IDLE_AFTER_MS <= Date.parse(now);
    await this.end(ctx, consultationId, { outcome: 'CANCELLED', cause: 'idle', by: null, isDue }, deadline);
  }

  /** What it was about was decided, or is over, and its own commit did not know of this one. */
  async over(
    ctx: RequestContext,
    consultationId: string,
    cause: 'decided' | 'over',
    deadline: number,
  ): Promise<void> {
    const outcome = cause === 'decided' ? 'COMPLETED' : 'CANCELLED';
    await this.end(ctx, consultationId, { outcome, cause, by: null }, deadline);
  }

  private async end(
    ctx: RequestContext,
    consultationId: string,
    ending: Ending,
    deadline: number,
  ): Promise<Outcome> {
    try {
      return (await withRetry(deadline, () => this.attempt(ctx, consultationId, ending, true))).outcome;
    } catch (error) {
      // What it was about is gone with its key: nothing can be said any more, and it ends all the same.
      if (!isBatonError(error, 'erased') || ending.cause === 'ended') throw error;
      return (await withRetry(deadline, () => this.attempt(ctx, consultationId, ending, false))).outcome;
    }
  }

  private async attempt(
    ctx: RequestContext,
    consultationId: string,
    { outcome, cause, by, isDue }: Ending,
    maySpeak: boolean,
  ): Promise<{ outcome: Outcome }> {
    const { repository, news, runs, nowIso } = this.parts;
    const now = nowIso();
    // 1. Load
    const before = await repository.load(ctx.tenant_id, consultationId);
    const { state } = before;
    if (state.status === 'NONE') throw noSuchConsultation();
    // 2. Decide
    if (isDue && !isDue(state, now)) return NOTHING;
    const closing = {
      message_id: newId('msg'),
      content: closingText(cause, state.open_questions.length, by),
    };
    const events = consultationDecider.decide(
      { type: 'End', outcome, cause, closing: maySpeak ? closing : null },
      state,
    );
    if (events.length === 0) return NOTHING;
    // 3. Append: the run that stood still goes on in the same commit
    const words = await consultedWords(repository, ctx.tenant_id, {
      consultation_id: consultationId,
      version: before.version,
      asked: maySpeak ? state.asked : 0,
    });
    const released = state.pauses_run ? await runs.release(ctx.tenant_id, state, words, now) : null;
    const committed = await repository.commit({
      tenantId: ctx.tenant_id,
      part: repository.append(ctx.tenant_id, before, events, now, ctx.actor),
      now,
      idempotency: callerKeys(ctx, { consultation_id: consultationId }, consultationKeyId(state)),
      ...(released && { with: [released] }),
    });
    // 4. Tell
    if (committed.kind === 'committed') {
      news.tell(ctx.tenant_id, events, before.version + 1, now);
      released?.released();
    }
    return { outcome: committed };
  }
}

const NOTHING = { outcome: { kind: 'committed', events: [] } } as const;
