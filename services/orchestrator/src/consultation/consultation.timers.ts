import type { TimerRequest } from '@baton/event-store';

import type { Consultation } from './consultation.state.js';

/** Nobody says anything any more. */
export const IDLE_TIMER = 'consultation.idle';
/** A question has no answer yet: whoever was to answer it may have died. */
export const ANSWER_TIMER = 'consultation.answer';

export const IDLE_AFTER_MS = 30 * 60_000;
/** So long whoever took the question is left to it; asked for by the same id a model's answer is paid once anyway. */
export const ANSWER_AGAIN_MS = 15_000;

export interface TimerChanges {
  readonly set: readonly TimerRequest[];
  readonly cancel: readonly string[];
}

/** The timers of a consultation as it is after a change at `now`. */
export const timersOf = (state: Consultation, now: string): TimerChanges => {
  if (state.status === 'NONE') return { set: [], cancel: [] };
  const { consultation_id } = state;
  const [idle, answer] = [`consultation-idle/${consultation_id}`, `consultation-answer/${consultation_id}`];
  if (state.status !== 'ACTIVE') return { set: [], cancel: [idle, answer] };
  const payload = { consultation_id };
  const isAsked = state.open_questions.length > 0;
  return {
    set: [
      { timerId: idle, kind: IDLE_TIMER, dueAt: after(now, IDLE_AFTER_MS), payload },
      ...(isAsked
        ? [{ timerId: answer, kind: ANSWER_TIMER, dueAt: after(now, ANSWER_AGAIN_MS), payload }]
        : []),
    ],
    cancel: isAsked ? [] : [answer],
  };
};

export const after = (instant: string, ms: number): string =>
  new Date(Date.parse(instant) + ms).toISOString();
