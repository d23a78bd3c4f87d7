import type { Features } from './features.js';

/** Fitted by `offline/evaluation/fit-relevance.ts` on 161 questions; never edited by hand. */
export const WEIGHTS: Readonly<Record<keyof Features, number>> = {
  covered: 1.4,
  coveredExactly: 1.19,
  rarestMissing: -1.27,
  missing: -1.25,
  bestSentence: 1.4,
  headingAsked: 1.79,
  headingCovers: 0.95,
  headingCosine: 0.53,
  passageCosine: 1.06,
  sentenceCosine: 0.51,
  sentenceInContextCosine: 0.54,
  holdsAnswerType: 1.32,
  lacksAnswerType: 0.01,
  substance: -0.04,
  coveredAndClose: 1.1,
};
export const BIAS = -3.15;
