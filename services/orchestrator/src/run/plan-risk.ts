import { type ActionPlan, RISK_TIERS } from '@baton/contracts';

import { judgeRisk, type RiskAssessment } from '../tool/risk.js';
import type { Tool } from '../tool/tool.js';
import type { Expression } from '../workflow/expression/expression.js';
import type { ApprovalPolicy } from '../workflow/workflow.js';

export interface PlanRiskPorts {
  readonly policies: ReadonlyMap<string, ApprovalPolicy>;
  readonly tool: (name: string) => Promise<Tool | undefined>;
  /** An expression's value; over a step's arguments where they are given. */
  readonly score: (expression: Expression, args?: unknown) => Promise<unknown>;
}

/** What whoever plans says of the whole; nothing, where they leave it to the steps. */
export type WholeRisk = (score: Score) => Promise<RiskAssessment | undefined>;

type Score = (expression: Expression) => Promise<unknown>;

/**
 * How risky a plan is: as risky as its riskiest part, the planner's own word on the whole being one of them. A plan that
 * neither says anything of itself nor names a tool is HIGH: somebody found that it should be asked about.
 */
export const planRisk = async (
  plan: ActionPlan,
  ofWhole: WholeRisk,
  ports: PlanRiskPorts,
): Promise<{ readonly risk: RiskAssessment; readonly policy: ApprovalPolicy | undefined }> => {
  const whole = await ofWhole((expression) => ports.score(expression));
  const steps = await Promise.all(plan.steps.map(({ tool, args }) => stepRisk(tool, args, ports)));
  const parts = [...(whole ? [{ risk: whole, policy: undefined }] : []), ...steps];
  if (parts.length === 0) return { risk: UNSAID, policy: undefined };
  const worst = parts.reduce((worst, part) => (rank(part.risk) > rank(worst.risk) ? part : worst));
  return {
    policy: worst.policy,
    risk: { ...worst.risk, reasons: [...new Set(parts.flatMap(({ risk }) => risk.reasons))] },
  };
};

/** By the workflow's policy, or the tool's own tier. */
const stepRisk = async (name: string, args: unknown, ports: PlanRiskPorts) => {
  const policy = ports.policies.get(name);
  const tool = await ports.tool(name);
  // What is not there can't be judged.
  const judged = { name, riskTier: tool?.riskTier ?? ('CRITICAL' as const) };
  const risk = await judgeRisk(judged, policy, (expression) => ports.score(expression, args));
  return { risk, policy };
};

const UNSAID: RiskAssessment = {
  risk_tier: 'HIGH',
  risk_score: 70,
  reasons: ['The workflow asks about it, and does not say how risky it is'],
};

const rank = ({ risk_tier, risk_score }: RiskAssessment): number =>
  RISK_TIERS.indexOf(risk_tier) * 1000 + risk_score;
