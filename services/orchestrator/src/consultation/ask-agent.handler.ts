import {
  BatonError,
  type BodyOf,
  type consultationRequests,
  type ConsultationMessageView,
  type Replayable,
  type RequestContext,
} from '@baton/contracts';
import { type Outcome, type StreamQueue, withRetry } from '@baton/event-store';
import { newId } from '@baton/service';

import { approvalDecider } from '../approval/approval.decider.js';
import { appendApproval, type ApprovalRepository } from '../approval/approval.repository.js';
import type { AnswerWorker } from './answer/answer.worker.js';
import { callerKeys, callerScope, replayOf } from './caller-keys.js';
import type { ConsultationIndex } from './consultation-index.js';
import type { ConsultationNewsroom } from './consultation-news.js';
import { consultationDecider, noSuchConsultation } from './consultation.decider.js';
import {
  consultationKeyId,
  consultationRef,
  type ConsultationRepository,
  type Contribution,
} from './consultation.repository.js';
import type { KnownConsultation } from './consultation.state.js';
import { after } from './consultation.timers.js';
import { consultationMessageView } from './consultation.view.js';

/** A decision is not to run out while its question is being answered. */
const EXTENDS_MS = 5 * 60_000;

export interface AskAgentParts {
  readonly index: ConsultationIndex;
  readonly repository: ConsultationRepository;
  readonly approvals: ApprovalRepository;
  readonly news: ConsultationNewsroom;
  readonly worker: AnswerWorker;
  readonly queue: StreamQueue;
  readonly nowIso: () => string;
}

/** Where a question stands in its consultation. */
interface Asked {
  readonly position: string;
}

/**
 * A person asks: the question is in the log and told to everybody before the agent is asked, and what is decided on
 * stays open long enough for the answer.
 */
export class AskAgentHandler {
  constructor(private readonly parts: AskAgentParts) {}

  async handle(
    ctx: RequestContext,
    { consultation_id, message }: BodyOf<typeof consultationRequests.send>,
    deadline: number,
  ): Promise<Replayable<ConsultationMessageView>> {
    const { index, queue, worker } = this.parts;
    const scope = callerScope(ctx);
    const earlier = scope === undefined ? undefined : await index.idempotency(ctx.tenant_id, scope);
    if (earlier) return this.replayed(ctx, consultation_id, replayOf(ctx, earlier));
    const ref = consultationRef(ctx.tenant_id, consultation_id);
    const { outcome, question } = await queue.run(ref, () =>
      withRetry(deadline, () => this.ask(ctx, consultation_id, message)),
    );
    if (outcome.kind === 'replayed') return this.replayed(ctx, consultation_id, replayOf(ctx, outcome));
    worker.begin(ctx.tenant_id, consultation_id);
    return { result: question, replayed: false };
  }

  private async ask(
    ctx: RequestContext,
    consultationId: string,
    content: string,
  ): Promise<{ outcome: Outcome; question: ConsultationMessageView }> {
    const { repository, news, nowIso } = this.parts;
    // 1. Load
    const before = await repository.load(ctx.tenant_id, consultationId);
    const { state } = before;
    if (state.status === 'NONE') throw noSuchConsultation();
    const now = nowIso();
    // 2. Decide
    const [message_id, answer_id] = [newId('msg'), newId('msg')];
    const events = consultationDecider.decide(
      { type: 'Ask', message_id, answer_id, content, asked_by: ctx.actor.id },
      state,
    );
    const [event] = events;
    if (!event) throw new BatonError('internal', 'A question was not taken');
    const position = before.version + 1;
    // 3. Append: what is decided on stays open for as long as this takes
    const extended = await this.extended(ctx, state, now);
    const outcome = await repository.commit({
      tenantId: ctx.tenant_id,
      part: repository.append(ctx.tenant_id, before, events, now, ctx.actor),
      now,
      idempotency: callerKeys(ctx, { position: String(position) }, consultationKeyId(state)),
      ...(extended && { with: [extended] }),
    });
    // 4. Tell
    if (outcome.kind === 'committed') news.tell(ctx.tenant_id, events, position, now);
    return {
      outcome,
      question: consultationMessageView({ version: position, data: event.data, occurred_at: now }),
    };
  }

  private async extended(
    ctx: RequestContext,
    { approval_id }: KnownConsultation,
    now: string,
  ): Promise<Contribution | null> {
    if (approval_id === null) return null;
    const approval = await this.parts.approvals.load(ctx.tenant_id, approval_id);
    if (approval.state.status !== 'PENDING') return null;
    const events = approvalDecider.decide(
      { type: 'Extend', not_before: after(now, EXTENDS_MS) },
      approval.state,
    );
    if (events.length === 0) return null;
    const { append, row, timers } = appendApproval(ctx.tenant_id, approval, events, now, ctx.actor);
    return { appends: [append], rows: { approvals: [row] }, timers };
  }

  /** The question as it was asked first; its answer may be there by now. */
  private async replayed(
    ctx: RequestContext,
    consultationId: string,
    { position }: Asked,
  ): Promise<Replayable<ConsultationMessageView>> {
    const behind = Number(position) - 1;
    const [event] = await this.parts.repository.messages(ctx.tenant_id, consultationId, behind, 1);
    if (!event) throw new BatonError('internal', 'The question is not where it was written');
    return { result: consultationMessageView(event), replayed: true };
  }
}
