import type { RoutingPolicy } from '@baton/contracts';

import type { EvaluationMoment, ExpressionEngine, Scope } from './expression/expression-engine.js';
import { ExpressionError } from './expression/expression-engine.js';
import type { Expression } from './expression/expression.js';
import { isTruthy } from './expression/truth.js';
import type { HumanPolicy, RoutingRule, Workflow } from './workflow.js';

/** Where whoever fits no rule goes: anyone, in the default queue. */
const ANYONE: RoutingRule = {
  when: null,
  required_skills: {},
  priority: 'NORMAL',
  relax: [],
  queue: 'default',
  reason: null,
  note: null,
  reply_mode: null,
};

/** The first rule that fits. One that can't be evaluated fits nobody: the customer is queued all the same. */
export const fittingRule = async (
  workflow: Pick<Workflow, 'human'>,
  engine: ExpressionEngine,
  scope: Scope,
  moment: EvaluationMoment,
): Promise<RoutingRule> => {
  for (const rule of workflow.human.routing_rules)
    if (rule.when === null || (await holds(rule.when, engine, scope, moment))) return rule;
  return ANYONE;
};

/** Whether a condition on a handover holds; one that fails does not. */
export const holds = async (
  when: Expression,
  engine: ExpressionEngine,
  scope: Scope,
  moment: EvaluationMoment,
): Promise<boolean> => {
  try {
    const [value] = await engine.evaluateAll([when], scope, moment);
    return isTruthy(value);
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
};

/** The workflow's word on how a handover is queued and offered, as it travels with it. */
export const routingPolicy = (human: HumanPolicy, rule: RoutingRule): RoutingPolicy => ({
  ...wantedBy(rule),
  sla: human.sla,
  offer: human.offer,
  no_agent_available: human.no_agent_available,
  abandoned_after_ms: human.abandoned_after_ms,
  silent_after_ms: human.silent_after_ms,
});

/** What a rule asks of whoever takes it, as it travels. */
export const wantedBy = (
  rule: RoutingRule,
): Pick<RoutingPolicy, 'relax' | 'preferred_skills' | 'role' | 'language_required' | 'weight'> => ({
  relax: rule.relax.map(({ drop, ...step }) => ({ ...step, ...(drop && { drop: [...drop] }) })),
  ...(rule.preferred_skills && { preferred_skills: rule.preferred_skills }),
  ...(rule.role && { role: rule.role }),
  ...(rule.language_required !== undefined && { language_required: rule.language_required }),
  ...(rule.weight !== undefined && { weight: rule.weight }),
});
