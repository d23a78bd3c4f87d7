import type { RiskTier } from '@baton/contracts';

import type { Expression } from '../workflow/expression/expression.js';
import type { ApprovalPolicy, RiskThresholds } from '../workflow/workflow.js';
import type { Tool } from './tool.js';

export interface RiskAssessment {
  readonly risk_tier: RiskTier;
  /** 0–100 */
  readonly risk_score: number;
  readonly reasons: readonly string[];
}

/** The part of a policy that says how risky something is. */
export type RiskPolicy = Pick<ApprovalPolicy, 'risk' | 'tiers'>;

/** What came of asking a policy's expression for its score. */
export type ScoreReading = { readonly value: unknown } | { readonly error: unknown };

export const DEFAULT_THRESHOLDS: RiskThresholds = { MEDIUM: 40, HIGH: 70, CRITICAL: 90 };
const HIGHEST_SCORE = 100;

/**
 * How risky an action is: by the workflow's policy where there is one that says, else by the tool's own tier.
 * A score that is missing, no number or an error is CRITICAL: what can't be judged is not let through.
 */
export const assessRisk = (
  tool: Pick<Tool, 'name' | 'riskTier'>,
  policy: RiskPolicy | undefined,
  reading: ScoreReading | undefined,
): RiskAssessment => {
  const thresholds = policy?.tiers ?? DEFAULT_THRESHOLDS;
  const rule = policy?.risk;
  if (!rule) return ofTier(tool.riskTier, thresholds, `${tool.name} is ${tool.riskTier} by itself`);
  if (rule.kind === 'tier')
    return ofTier(rule.tier, thresholds, `The workflow's policy calls ${tool.name} ${rule.tier}`);
  return ofReading(reading, thresholds);
};

/** The same, with the policy's score asked for where it has one. */
export const judgeRisk = async (
  tool: Pick<Tool, 'name' | 'riskTier'>,
  policy: RiskPolicy | undefined,
  score: (expression: Expression) => Promise<unknown>,
): Promise<RiskAssessment> => {
  const rule = policy?.risk;
  if (rule?.kind !== 'score') return assessRisk(tool, policy, undefined);
  const reading = await score(rule.expression).then(
    (value): ScoreReading => ({ value }),
    (error: unknown): ScoreReading => ({ error }),
  );
  return assessRisk(tool, policy, reading);
};

export const needsApproval = (risk: RiskAssessment): boolean => risk.risk_tier !== 'LOW';

const ofTier = (tier: RiskTier, thresholds: RiskThresholds, reason: string): RiskAssessment => ({
  risk_tier: tier,
  risk_score: tier === 'LOW' ? 0 : thresholds[tier],
  reasons: [reason],
});

const ofReading = (reading: ScoreReading | undefined, thresholds: RiskThresholds): RiskAssessment => {
  if (!reading) return unjudged('was not found');
  if ('error' in reading) return unjudged(`failed: ${messageOf(reading.error)}`);
  const score = reading.value;
  if (typeof score !== 'number' || !Number.isFinite(score)) return unjudged('is not a number');
  const tier = tierOf(score, thresholds);
  const against = tier === 'LOW' ? `below ${thresholds.MEDIUM}` : `from ${thresholds[tier]} on`;
  return {
    risk_tier: tier,
    risk_score: Math.min(Math.max(score, 0), HIGHEST_SCORE),
    reasons: [`The workflow's policy scores this action at ${score}: ${against} it is ${tier}`],
  };
};

const tierOf = (score: number, thresholds: RiskThresholds): RiskTier => {
  if (score >= thresholds.CRITICAL) return 'CRITICAL';
  if (score >= thresholds.HIGH) return 'HIGH';
  return score >= thresholds.MEDIUM ? 'MEDIUM' : 'LOW';
};

const unjudged = (why: string): RiskAssessment => ({
  risk_tier: 'CRITICAL',
  risk_score: HIGHEST_SCORE,
  reasons: [`The policy's score ${why}: what can't be judged counts as CRITICAL`],
});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
