import type { Features } from './features.js';
import { BIAS, WEIGHTS } from './weights.js';

/** Evidence that a passage answers a question: above 0 it more likely does than not. */
export const evidenceOf = (features: Features): number =>
  BIAS +
  (Object.keys(WEIGHTS) as (keyof Features)[]).reduce((sum, name) => sum + WEIGHTS[name] * features[name], 0);

/** Where a workflow's usual confidence threshold lies: what is as likely right as wrong scores this. */
const EVEN_ODDS_SCORE = 0.6;
/** How much evidence moves the score two thirds of the way from even odds to certainty. */
const SCALE_UP = 0.55;
const SCALE_DOWN = 0.75;

/**
 * Evidence as a score between 0 and 1. Steep around even odds, so that a passage that answers scores 0.7 and
 * more, one that does not 0.5 and less, and few are left between.
 */
export const scoreOf = (evidence: number): number =>
  evidence >= 0
    ? EVEN_ODDS_SCORE + (0.99 - EVEN_ODDS_SCORE) * (1 - Math.exp(-evidence / SCALE_UP))
    : EVEN_ODDS_SCORE * Math.exp(evidence / SCALE_DOWN);
