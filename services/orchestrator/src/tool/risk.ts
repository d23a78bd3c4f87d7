import { RISK_TIERS, type RiskTier } from '../workflow/file/names.schema.js';
import type { RiskThresholds } from '../workflow/workflow.js';

export interface RiskAssessment {
  readonly risk_tier: RiskTier;
  /** 0–100 */
  readonly risk_score: number;
  readonly reasons: readonly string[];
}
