import {
  type Actor,
  type BodyOf,
  type consultationRequests,
  type ConsultationView,
  type Replayable,
  type RequestContext,
} from '@baton/contracts';
import { type EventStore, type Outcome, withRetry } from '@baton/event-store';
import { newId } from '@baton/service';

import { appendApproval } from '../approval/approval.repository.js';
import { callerKeys, callerScope, replayOf } from './caller-keys.js';
import type { ConsultationIndex } from './consultation-index.js';
import type { ConsultationNewsroom } from './consultation-news.js';
import { consultationDecider } from './consultation.decider.js';
import type { ConsultationReads } from './consultation.reads.js';
import { consultationKeyId, type ConsultationRepository } from './consultation.repository.js';
import { subjectOf } from './consultation.state.js';
import { agentNameOf } from './consultation.view.js';
import { type ConsultedSubject, type ConsultedSubjects, speakerOf } from './consulted-subject.js';
import { openingText } from './notices.js';

export interface ConsultationStartParts {
  readonly subjects: ConsultedSubjects;
  readonly index: ConsultationIndex;
  readonly repository: ConsultationRepository;
  readonly reads: ConsultationReads;
  readonly news: ConsultationNewsroom;
  readonly store: Pick<EventStore, 'transact'>;
  /** Tells whoever plays the run that it is talked about. */
  readonly pauseRun: (tenantId: string, runId: string, consultationId: string) => void;
  readonly nowIso: () => string;
}

type Started = {
  readonly outcome: Outcome;
  readonly consultation_id: string;
  readonly subject: ConsultedSubject;
};

/** `POST /api/v1/consultations`: begins one, or joins the active one about the same. */
export class StartConsultationHandler {
  constructor(private readonly parts: ConsultationStartParts) {}

  async handle(
    ctx: RequestContext,
    body: BodyOf<typeof consultationRequests.start>,
    deadline: number,
  ): Promise<Replayable<ConsultationView>> {
    const { index, reads } = this.parts;
    const scope = callerScope(ctx);
    const earlier = scope === undefined ? undefined : await index.idempotency(ctx.tenant_id, scope);
    if (earlier) return this.replayed(ctx, replayOf(ctx, earlier));
    const started = await withRetry(deadline, () => this.attempt(ctx, body));
    if (started.outcome.kind === 'replayed') return this.replayed(ctx, replayOf(ctx, started.outcome));
    const { consultation_id, subject } = started;
    return { result: await reads.get(ctx.tenant_id, consultation_id, subject), replayed: false };
  }

  private async attempt(
    ctx: RequestContext,
    body: BodyOf<typeof consultationRequests.start>,
  ): Promise<Started> {
    const { subjects, index } = this.parts;
    // 1. Load
    const subject = await subjects.find(ctx.tenant_id, body);
    const about = aboutOf(subject);
    const active = await index.active(ctx.tenant_id, subjectOf(about));
    if (active !== undefined)
      return { outcome: await this.join(ctx, active, about), consultation_id: active, subject };
    return this.begin(ctx, subject, about);
  }

  /** Who comes later talks with those who are there; only their key is written. */
  private async join(ctx: RequestContext, consultation_id: string, about: About): Promise<Outcome> {
    const idempotency = callerKeys(ctx, { consultation_id }, consultationKeyId(about));
    if (idempotency.length === 0) return { kind: 'committed', events: [] };
    return this.parts.store.transact({
      tenantId: ctx.tenant_id,
      now: this.parts.nowIso(),
      idempotency,
      appends: [],
    });
  }

  private async begin(ctx: RequestContext, subject: ConsultedSubject, about: About): Promise<Started> {
    const { subjects, repository, news, pauseRun } = this.parts;
    const consultation_id = newId('cons');
    const { approval, run, workflow } = subject;
    const speaks = await subjects.workflowOf(ctx.tenant_id, subject).catch(() => null);
    const node_id = speakerOf(subject, speaks);
    const pauses_run = approval === null && run?.status === 'RUNNING';
    // 2. Decide
    const before = { state: consultationDecider.initialState(), version: 0 };
    const events = consultationDecider.decide(
      {
        type: 'Start',
        consultation: {
          consultation_id,
          ...about,
          workflow: { ...workflow },
          node_id,
          pauses_run,
          started_by: ctx.actor.id,
        },
        opening: {
          message_id: newId('msg'),
          content: openingText({
            agentName: agentNameOf({ node_id, workflow }),
            startedBy: whoIs(ctx.actor),
            isPending: approval?.state.status === 'PENDING',
            pausesRun: pauses_run,
          }),
        },
      },
      before.state,
    );
    // 3. Append: with the approval as it was seen, so that none begins behind its decision
    const now = this.parts.nowIso();
    const seen = approval && appendApproval(ctx.tenant_id, approval, [], now, ctx.actor);
    const outcome = await repository.commit({
      tenantId: ctx.tenant_id,
      part: repository.append(ctx.tenant_id, before, events, now, ctx.actor),
      now,
      idempotency: callerKeys(ctx, { consultation_id }, consultationKeyId(about)),
      ...(seen && { with: [{ appends: [seen.append], rows: {}, timers: {} }] }),
    });
    // 4. Tell
    if (outcome.kind === 'committed') {
      news.tell(ctx.tenant_id, events, 1, now);
      if (pauses_run && run) pauseRun(ctx.tenant_id, run.run_id, consultation_id);
    }
    return { outcome, consultation_id, subject };
  }

  private async replayed(
    ctx: RequestContext,
    { consultation_id }: { readonly consultation_id: string },
  ): Promise<Replayable<ConsultationView>> {
    return { result: await this.parts.reads.get(ctx.tenant_id, consultation_id), replayed: true };
  }
}

interface About {
  readonly approval_id: string | null;
  readonly run_id: string | null;
  readonly conversation_id: string | null;
}

const aboutOf = ({ approval, run, conversation }: ConsultedSubject): About => ({
  approval_id: approval?.state.approval_id ?? null,
  run_id: run?.run_id ?? approval?.state.run_id ?? null,
  conversation_id:
    conversation?.conversation_id ?? run?.conversation_id ?? approval?.state.conversation_id ?? null,
});

/** An API key speaks for a whole system. */
export const whoIs = ({ type, id }: Actor): string => (type === 'human_agent' ? id : `API key ${id}`);
