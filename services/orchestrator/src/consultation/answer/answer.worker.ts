import { BatonError, type ConsultationEvent, isBatonError, subjects } from '@baton/contracts';
import { crashPoint, type StreamQueue, withRetry } from '@baton/event-store';
import { newId } from '@baton/service';

import type { AnswerCommand, AnswerPreparation } from './answer-preparation.js';
import type { ConsultedAgent } from './consulted-agent.js';
import type { ConsultationNewsroom } from '../consultation-news.js';
import type { ConsultationCommand } from '../consultation.commands.js';
import { consultationDecider } from '../consultation.decider.js';
import { consultationRef, type ConsultationRepository } from '../consultation.repository.js';
import type { KnownConsultation, OpenQuestion } from '../consultation.state.js';
import { failureText, SLOW_TEXT } from '../notices.js';

/** From then on it is said that the answer takes its time. */
const SLOW_MS = 10_000;
/** A question that could not be put to the agent for so long is given up, with that said. */
const GIVE_UP_MS = 5 * 60_000;
const SETTLE_MS = 10_000;

export interface AnswerWorkerParts {
  readonly repository: ConsultationRepository;
  readonly preparation: AnswerPreparation;
  readonly news: ConsultationNewsroom;
  readonly queue: StreamQueue;
  readonly nowIso: () => string;
  readonly nowMs: () => number;
  readonly failed: (failure: { readonly consultationId: string; readonly error: unknown }) => void;
}

/**
 * Has the agent answer what is open, question by question in the order they came. Whoever else does the same, since
 * this process seemed dead, asks the model by the same id and finds the question settled: it is answered once.
 */
export class AnswerWorker {
  private readonly playing = new Map<string, { isAsked: boolean; ended: Promise<void> }>();
  private readonly stopping = new AbortController();

  constructor(private readonly parts: AnswerWorkerParts) {}

  /** There may be questions: they are answered behind the caller's back. */
  begin(tenantId: string, consultationId: string): void {
    const key = `${tenantId}/${consultationId}`;
    const known = this.playing.get(key);
    if (known) {
      known.isAsked = true;
      return;
    }
    if (this.stopping.signal.aborted) return;
    const mine = { isAsked: true, ended: Promise.resolve() };
    this.playing.set(key, mine);
    mine.ended = this.play(tenantId, consultationId, mine)
      // The durable timer of the question brings it back.
      .catch((error: unknown) => {
        if (!this.stopping.signal.aborted) this.parts.failed({ consultationId, error });
      })
      .finally(() => this.playing.delete(key));
  }

  /** What is at work is left to the next who comes. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.playing.values()].map(({ ended }) => ended));
  }

  private async play(tenantId: string, consultationId: string, mine: { isAsked: boolean }): Promise<void> {
    while (mine.isAsked) {
      mine.isAsked = false;
      for (;;) {
        const { state, version } = await this.parts.repository.load(tenantId, consultationId);
        const [question] = state.status === 'ACTIVE' ? state.open_questions : [];
        if (state.status === 'NONE' || !question) break;
        await this.answer(tenantId, state, version, question);
      }
    }
  }

  private async answer(
    tenantId: string,
    state: KnownConsultation,
    version: number,
    question: OpenQuestion,
  ): Promise<void> {
    const { consultation_id } = state;
    const slow = this.tellWhenSlow(tenantId, consultation_id, question);
    try {
      const command = await this.commandFor(tenantId, state, version, question);
      crashPoint('consultation.before_answer');
      await this.commit(tenantId, consultation_id, command);
    } finally {
      clearTimeout(slow);
    }
  }

  private async commandFor(
    tenantId: string,
    state: KnownConsultation,
    version: number,
    question: OpenQuestion,
  ): Promise<AnswerCommand> {
    const { signal } = this.stopping;
    const streamTo = subjects.consultationDeltas(tenantId, state.consultation_id, question.answer_id);
    const agent = await this.prepared(tenantId, state, version, question, streamTo);
    if (isBatonError(agent)) return failure(question, agent);
    try {
      return { type: 'Answer', question_id: question.message_id, ...(await agent.answer()) };
    } catch (error) {
      if (signal.aborted) throw error;
      // The router has asked for long enough: people hear that, and ask again when they want to.
      if (isBatonError(error)) return failure(question, error);
      this.parts.failed({ consultationId: state.consultation_id, error });
      return failure(question, OUR_FAULT);
    }
  }

  /** What is down for a moment is asked again by the question's timer; what stays away is said. */
  private async prepared(
    tenantId: string,
    state: KnownConsultation,
    version: number,
    question: OpenQuestion,
    streamTo: string,
  ): Promise<ConsultedAgent | BatonError> {
    const { signal } = this.stopping;
    try {
      return await this.parts.preparation.agentFor({ tenantId, state, version, question, streamTo, signal });
    } catch (error) {
      const isOld = Date.parse(question.asked_at) + GIVE_UP_MS < this.parts.nowMs();
      if (isBatonError(error) && (isOld || !error.retryable)) return error;
      if (!isOld) throw error;
      this.parts.failed({ consultationId: state.consultation_id, error });
      return OUR_FAULT;
    }
  }

  private tellWhenSlow(tenantId: string, consultationId: string, question: OpenQuestion): NodeJS.Timeout {
    const left = Date.parse(question.asked_at) + SLOW_MS - this.parts.nowMs();
    return setTimeout(
      () => {
        const notice = { message_id: newId('msg'), content: SLOW_TEXT };
        this.commit(tenantId, consultationId, {
          type: 'TellSlow',
          question_id: question.message_id,
          notice,
        }).catch((error: unknown) => this.parts.failed({ consultationId, error }));
      },
      Math.min(SLOW_MS, Math.max(0, left)),
    );
  }

  private async commit(
    tenantId: string,
    consultationId: string,
    command: ConsultationCommand,
  ): Promise<void> {
    const { repository, queue, news, nowIso, nowMs } = this.parts;
    await queue.run(consultationRef(tenantId, consultationId), () =>
      withRetry(nowMs() + SETTLE_MS, async () => {
        const before = await repository.load(tenantId, consultationId);
        const events: readonly ConsultationEvent[] = consultationDecider.decide(command, before.state);
        if (events.length === 0) return { outcome: { kind: 'committed', events: [] } as const };
        const now = nowIso();
        const outcome = await repository.commit({
          tenantId,
          part: repository.append(tenantId, before, events, now),
          now,
        });
        if (outcome.kind === 'committed') news.tell(tenantId, events, before.version + 1, now);
        return { outcome };
      }),
    );
  }
}

const OUR_FAULT = new BatonError('internal', 'Something went wrong on our side');

const failure = ({ message_id }: OpenQuestion, { code, message }: BatonError): AnswerCommand => ({
  type: 'FailAnswer',
  question_id: message_id,
  content: failureText(message),
  error: { code, message },
});
