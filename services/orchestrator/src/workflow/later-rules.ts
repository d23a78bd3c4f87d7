import type { RerouteStep } from '@baton/contracts';

import type { EvaluationMoment, ExpressionEngine, Scope } from './expression/expression-engine.js';
import { fittingRule, wantedBy } from './routing.js';
import type { RoutingRule, Workflow } from './workflow.js';

const WAITED = 'waited_seconds';
const NUMBER = /\d+(?:\.\d+)?/g;
/** `waited_seconds > 60` holds from so much behind its number. */
const JUST_AFTER_S = 0.001;
/** Where a rule says when by no plain number, it is looked for at these waits, and then between them. */
const LOOKED_AT_S = [
  ...Array.from({ length: 40 }, (_, index) => (index + 1) * 15),
  ...Array.from({ length: 110 }, (_, index) => 600 + (index + 1) * 60),
];
const EXACT_S = 0.5;
/** What a rule says of a longer wait than this is not looked at. */
const LONGEST_S = 7 * 24 * 60 * 60;

/**
 * The rules that fit once the customer has waited longer, each with the wait from which it does: `waited_seconds` is
 * all that changes while somebody waits, so the whole way can be known when they begin to, and the queue needs nobody
 * to walk it.
 */
export const laterRules = async (
  workflow: Pick<Workflow, 'human'>,
  engine: ExpressionEngine,
  scope: Scope,
  moment: EvaluationMoment,
): Promise<RerouteStep[]> => {
  const rules = workflow.human.routing_rules;
  if (!rules.some((rule) => rule.when?.names.roots.has(WAITED))) return [];
  const at = (seconds: number): Promise<RoutingRule> =>
    fittingRule(workflow, engine, { ...scope, [WAITED]: seconds }, moment);
  const steps: RerouteStep[] = [];
  let before = 0;
  let rule = await at(0);
  for (const seconds of momentsOf(rules)) {
    const next = await at(seconds);
    if (next !== rule) {
      steps.push(stepTo(next, await firstMoment(at, rule, before, seconds)));
      rule = next;
    }
    before = seconds;
  }
  return steps;
};

const momentsOf = (rules: readonly RoutingRule[]): number[] => {
  const named = rules.flatMap((rule) => rule.when?.source.match(NUMBER) ?? []).map(Number);
  const moments = [...named.flatMap((seconds) => [seconds, seconds + JUST_AFTER_S]), ...LOOKED_AT_S];
  return [...new Set(moments)].filter((each) => each > 0 && each <= LONGEST_S).sort((a, b) => a - b);
};

/** From when, between a wait at which the rule still fits and one at which it does not. */
const firstMoment = async (
  at: (seconds: number) => Promise<RoutingRule>,
  rule: RoutingRule,
  fits: number,
  fitsNot: number,
): Promise<number> => {
  let [low, high] = [fits, fitsNot];
  while (high - low > EXACT_S) {
    const middle = (low + high) / 2;
    if ((await at(middle)) === rule) low = middle;
    else high = middle;
  }
  return high;
};

const stepTo = (rule: RoutingRule, seconds: number): RerouteStep => ({
  after_ms: Math.ceil(seconds * 1000),
  queue: rule.queue,
  priority: rule.priority,
  required_skills: rule.required_skills,
  ...wantedBy(rule),
});
