import { BusClient } from '@baton/bus';
import {
  BatonError,
  type ConsultationMessageView,
  type ConsultationNews,
  consultationRequests,
  isBatonError,
  type RequestContext,
  subjects,
} from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { LastCall } from '../http/last-call.js';

/** What is told live may be missed: the log is looked at so often. */
const LOOK_EVERY_MS = 1000;

/** Questions whose askers wait for the answer, longer than the orchestrator that has it made may live. */
@Injectable()
export class AwaitedAnswers {
  constructor(
    private readonly bus: BusClient,
    private readonly lastCall: LastCall,
  ) {}

  /**
   * The agent's message, or what is said in its place; the question itself where none has come until then.
   * @param untilMs of `performance.now()`
   * @throws BatonError `invalid-transition` where the consultation ended before
   */
  async of(
    ctx: RequestContext,
    question: ConsultationMessageView,
    untilMs: number,
    gone: AbortSignal,
  ): Promise<ConsultationMessageView> {
    const { idempotency: _, ...reading } = ctx;
    let wake = (): void => undefined;
    let heard: ConsultationMessageView | undefined;
    const stop = this.bus.subscribe(
      subjects.consultationNews(ctx.tenant_id, question.consultation_id),
      (payload) => {
        const news = payload as ConsultationNews;
        if (news.type === 'message' && isAnswer(news.message, question)) heard = news.message;
        if (news.type === 'ended' || heard) wake();
      },
    );
    const signal = AbortSignal.any([gone, this.lastCall.signal]);
    try {
      for (;;) {
        const answer = heard ?? (await this.look(reading, question));
        if (answer) return answer;
        const left = untilMs - performance.now();
        if (left <= 0 || signal.aborted) return question;
        if (heard) continue;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(left, LOOK_EVERY_MS));
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    } finally {
      stop();
    }
  }

  /** Undefined where there is none yet, or nobody can say just now. */
  private async look(
    ctx: RequestContext,
    question: ConsultationMessageView,
  ): Promise<ConsultationMessageView | undefined> {
    const { consultation_id } = question;
    try {
      let cursor: string | undefined;
      do {
        const page = await this.bus.request(consultationRequests.messages, ctx, {
          consultation_id,
          limit: 200,
          ...(cursor === undefined ? { after: question.message_id } : { cursor }),
        });
        const answer = page.items.find((message) => isAnswer(message, question));
        if (answer) return answer;
        if (page.items.some(isClosing)) throw endedBefore();
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return undefined;
    } catch (error) {
      if (isBatonError(error) && error.retryable) return undefined;
      throw error;
    }
  }
}

const isAnswer = (message: ConsultationMessageView, question: ConsultationMessageView): boolean =>
  message.message_id === question.metadata['answer_id'];

/** What SYSTEM says behind a question and to none: that it is over. */
const isClosing = ({ role, metadata }: ConsultationMessageView): boolean =>
  role === 'SYSTEM' && metadata['in_reply_to'] === undefined;

const endedBefore = (): BatonError =>
  new BatonError('invalid-transition', 'The consultation ended before the agent had answered');
