import type { Features } from './features.js';

/** Fitted by `offline/evaluation/fit-relevance.ts` on 161 questions; never edited by hand. */
export const WEIGHTS: Readonly<Record<keyof Features, number>> = {
  covered: 1.43,
  coveredExactly: 1.19,
  rarestMissing: -1.31,
  missing: -1.18,
  bestSentence: 1.43,
  headingAsked: 1.72,
  headingCovers: 0.97,
  headingCosine: 0.67,
  passageCosine: 1.11,
  sentenceInContextCosine: 0.56,
  holdsAnswerType: 1.37,
  lacksAnswerType: 0.01,
  substance: -0.01,
  coveredAndClose: 1.14,
};
export const BIAS = -3.11;
