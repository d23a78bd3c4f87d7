import {
  type HilConfigFile,
  HilConfigFile as HilConfigSchema,
  type RoutingRuleFile,
} from '../file/hil-config.schema.js';
import type { Path } from '../file/yaml-source.js';
import { compileOpeningHours } from '../opening-hours.js';
import type { HandoverTriggers, HumanPolicy, RoutingRule } from '../workflow.js';
import type { ExpressionCompiler } from './expression-compiler.js';
import type { Problems } from './problems.js';

const PATH: Path = ['hil_config'];

/** Without a hil_config: no trigger but failure and budget, the default queue, always open. */
export const compileHuman = (
  file: HilConfigFile | undefined,
  expressions: ExpressionCompiler,
  problems: Problems,
): HumanPolicy => {
  const settings = file ?? HilConfigSchema.parse({ enabled: false });
  return {
    enabled: settings.enabled,
    triggers: compileTriggers(settings, expressions),
    routing_rules: compileRules(settings.routing_rules, expressions, problems),
    sla: { first_response_ms: settings.sla.first_response, warn_at: settings.sla.warn_at },
    offer: {
      timeout_ms: settings.offer.timeout,
      parallel: settings.offer.parallel,
      mode: settings.offer.mode,
      known_first_ms: settings.offer.known_first,
      known_wait_ms: settings.offer.known_wait,
    },
    no_agent_available: settings.no_agent_available,
    reply_mode: settings.reply_mode,
    abandoned_after_ms: settings.abandoned_after,
    silent_after_ms: settings.silent_after,
    human_cost_per_hour: settings.human_cost_per_hour,
    opening_hours: settings.opening_hours ? compileOpeningHours(settings.opening_hours) : null,
  };
};

const compileTriggers = (settings: HilConfigFile, expressions: ExpressionCompiler): HandoverTriggers => {
  const listed = settings.handover_triggers;
  const has = (name: string): boolean =>
    settings.enabled &&
    listed.some((trigger) => trigger === name || (typeof trigger === 'object' && name in trigger));
  const thresholds = listed.flatMap((trigger) => {
    if (trigger === 'confidence_threshold') return [0.6];
    return typeof trigger === 'object' && trigger.confidence_threshold
      ? [trigger.confidence_threshold.below]
      : [];
  });
  return {
    confidence_below: settings.enabled && thresholds.length > 0 ? Math.max(...thresholds) : null,
    explicit_request: has('explicit_request'),
    agent_decision: has('agent_decision'),
    repetition: has('repetition'),
    expressions: listed.flatMap((trigger, index) => {
      if (typeof trigger === 'string' || !trigger.expression) return [];
      const path = [...PATH, 'handover_triggers', index, 'expression'];
      const when = expressions.expression(trigger.expression.when, [...path, 'when'], { node: null });
      const { note } = trigger.expression;
      if (!when || !settings.enabled) return [];
      return [
        {
          when,
          note: note === undefined ? null : expressions.template(note, [...path, 'note'], { node: null }),
        },
      ];
    }),
  };
};

const compileRules = (
  rules: readonly RoutingRuleFile[],
  expressions: ExpressionCompiler,
  problems: Problems,
): RoutingRule[] => {
  const path: Path = [...PATH, 'routing_rules'];
  const last = rules.length - 1;
  if (last >= 0 && rules[last]?.when !== undefined)
    problems.at([...path, last, 'when'], 'The last rule takes whatever is left: it has no when');
  return rules.map((rule, index) => {
    if (rule.when === undefined && index < last)
      problems.at(
        [...path, index],
        'Only the last rule may do without a when: the rules behind it are never reached',
      );
    const site = { node: null, extra: ['waited_seconds'] };
    return {
      when:
        rule.when === undefined ? null : expressions.expression(rule.when, [...path, index, 'when'], site),
      required_skills: rule.required_skills,
      priority: rule.priority,
      ...(rule.preferred_skills && { preferred_skills: rule.preferred_skills }),
      ...(rule.role && { role: rule.role }),
      ...(rule.language && { language_required: rule.language === 'required' }),
      ...(rule.weight !== undefined && { weight: rule.weight }),
      relax: rule.relax.map(({ after, levels, drop, any_language, any_role, anyone }) => ({
        after_ms: after,
        ...(levels !== undefined && { levels }),
        ...(drop && { drop }),
        ...(any_language && { any_language }),
        ...(any_role && { any_role }),
        ...(anyone && { anyone }),
      })),
      queue: rule.queue,
      reason: rule.reason ?? null,
      note: rule.note === undefined ? null : expressions.template(rule.note, [...path, index, 'note'], site),
      reply_mode: rule.reply_mode ?? null,
    };
  });
};
