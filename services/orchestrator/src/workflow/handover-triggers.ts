import type { HandoverReason } from '@baton/contracts';

import type { Workflow } from './workflow.js';

/** What a run in a conversation came to, as far as the triggers look at it. */
export type TriggeringOutcome =
  | { readonly kind: 'FINISH'; readonly reply: string | null; readonly confidence: number | null }
  | {
      readonly kind: 'HANDOVER';
      readonly reason: HandoverReason;
      readonly note: string | null;
      /** Set where an agent decided so itself, against a FINISH sink that would give `reply`. */
      readonly overrides: string | null;
      readonly reply: string | null;
      readonly confidence: number | null;
    }
  | {
      readonly kind: 'FAILED';
      readonly reason: 'failure' | 'budget';
      readonly error: { readonly message: string };
    };

/** What was found out beside the run. */
export interface TriggerSignals {
  /** The customer asked for a person, in any words. */
  readonly humanRequested: boolean;
  /** The reply says what was said before. */
  readonly repetition: boolean;
  /** Why the hand-over was asked for that has just ended: what the AI says next is not handed over for the same. */
  readonly settled: HandoverReason | null;
  /** For each expression trigger of the workflow: whether it holds, and its note. */
  readonly expressions: readonly { readonly holds: boolean; readonly note: string | null }[];
}

export type SinkDecision =
  | { readonly kind: 'FINISH'; readonly reply: string; readonly confidence: number | null }
  | {
      readonly kind: 'HANDOVER';
      readonly reason: HandoverReason;
      readonly note: string | null;
      /** The AI failed: there was nothing that it could have said. */
      readonly failed: boolean;
    };

/**
 * Whether the AI's answer goes out or a person gets the conversation. A HANDOVER sink stands with its own reason, and
 * so does an agent's own decision where the workflow lists `agent_decision`; then the customer's wish, a failure (which needs no trigger), and what the
 * workflow's triggers say of an answer.
 */
export const decideSink = (
  workflow: Pick<Workflow, 'human'>,
  outcome: TriggeringOutcome,
  signals: TriggerSignals,
): SinkDecision => {
  const { triggers } = workflow.human;
  if (outcome.kind === 'HANDOVER' && stands(outcome, triggers)) return handover(outcome.reason, outcome.note);
  if (triggers.explicit_request && signals.humanRequested)
    return handover('explicit_request', 'The customer asked for a person');
  if (outcome.kind === 'FAILED') return { ...handover(outcome.reason, outcome.error.message), failed: true };
  if (triggers.repetition && signals.repetition && signals.settled !== 'repetition')
    return handover('repetition', 'The assistant would have repeated itself');
  const expression = signals.expressions.find(({ holds }) => holds);
  if (expression && signals.settled !== 'expression') return handover('expression', expression.note);
  const confidence = outcome.confidence ?? 0;
  if (
    triggers.confidence_below !== null &&
    confidence < triggers.confidence_below &&
    signals.settled !== 'confidence_threshold'
  )
    return handover(
      'confidence_threshold',
      `The assistant was ${percent(confidence)} sure; ${percent(triggers.confidence_below)} is asked for`,
    );
  if (outcome.reply === null) return { ...handover('failure', whyNoReply(outcome)), failed: true };
  return { kind: 'FINISH', reply: outcome.reply, confidence: outcome.confidence };
};

type Handover = Extract<TriggeringOutcome, { kind: 'HANDOVER' }>;

const stands = ({ overrides, reason }: Handover, triggers: Workflow['human']['triggers']): boolean =>
  overrides === null ||
  triggers.agent_decision ||
  reason === 'failure' ||
  reason === 'budget' ||
  (reason === 'explicit_request' && triggers.explicit_request);

/** An agent that may not hand over, and has nothing to say, has failed; why it would have is what a person is told. */
const whyNoReply = (outcome: Exclude<TriggeringOutcome, { kind: 'FAILED' }>): string =>
  (outcome.kind === 'HANDOVER' ? outcome.note : null) ?? 'The workflow finished without a reply';

const handover = (reason: HandoverReason, note: string | null) =>
  ({ kind: 'HANDOVER', reason, note, failed: false }) as const;

const percent = (share: number): string => `${Math.round(share * 100)} %`;
