import { HandoverReason, Priority, RequiredSkills, SkillName } from '@baton/contracts';
import { z } from 'zod';

import { PositiveDuration } from './duration.js';
import { ExpressionText, TemplateText } from './names.schema.js';
import { OpeningHoursFile } from './opening-hours.schema.js';

const TRIGGER_NAMES = [
  'confidence_threshold',
  'explicit_request',
  'agent_decision',
  'repetition',
  'failure',
  'budget',
] as const;

const noSettings = z.strictObject({}).nullable();
const TriggerFile = z.union([
  z.enum(TRIGGER_NAMES),
  z
    .strictObject({
      confidence_threshold: z.strictObject({ below: z.number().min(0).max(1).default(0.6) }).optional(),
      expression: z.strictObject({ when: ExpressionText, note: TemplateText.optional() }).optional(),
      explicit_request: noSettings.optional(),
      agent_decision: noSettings.optional(),
      repetition: noSettings.optional(),
      failure: noSettings.optional(),
      budget: noSettings.optional(),
    })
    .refine((trigger) => Object.keys(trigger).length === 1, 'must name one trigger'),
]);
export type TriggerFile = z.output<typeof TriggerFile>;

const RelaxFile = z
  .strictObject({
    after: PositiveDuration.describe('Of waiting'),
    levels: z.int().min(-5).max(-1).optional().describe('Added to each required level'),
    drop: z.array(SkillName).min(1).optional().describe('Skills that are no longer asked for'),
  })
  .refine((step) => step.levels !== undefined || step.drop !== undefined, 'must lower levels or drop skills');

const RoutingRuleFile = z.strictObject({
  when: ExpressionText.optional(),
  required_skills: RequiredSkills.default({}).describe('Skill: least level, 1 to 5'),
  priority: Priority.default('NORMAL'),
  relax: z.array(RelaxFile).default([]).describe('What is asked for less as time goes by; then anyone'),
  queue: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('default'),
  reason: HandoverReason.optional(),
  note: TemplateText.optional(),
  reply_mode: z.enum(['auto', 'draft']).optional(),
});
export type RoutingRuleFile = z.output<typeof RoutingRuleFile>;

export const HilConfigFile = z.strictObject({
  enabled: z.boolean().default(true),
  handover_triggers: z
    .array(TriggerFile)
    .default([])
    .describe("When an answer is a person's matter; failure and budget always hand over"),
  routing_rules: z
    .array(RoutingRuleFile)
    .default([])
    .describe('Who is asked: the first match wins, the last has no when'),
  sla: z
    .strictObject({
      first_response: PositiveDuration.prefault('5m').describe('A person should have answered by then'),
      warn_at: z.number().min(0).max(1).default(0.8).describe('Share of that time after which it is said'),
    })
    .prefault({}),
  offer: z
    .strictObject({
      timeout: PositiveDuration.prefault('30s').describe('How long an offer stands'),
      parallel: z.int().min(1).max(50).default(1).describe('How many agents are asked at once'),
      mode: z.enum(['offer', 'auto_accept']).default('offer').describe('auto_accept assigns without asking'),
    })
    .prefault({}),
  no_agent_available: z.enum(['wait', 'stay_with_ai', 'callback']).default('wait'),
  reply_mode: z.enum(['auto', 'draft']).default('auto').describe('draft: a person sends what the AI writes'),
  abandoned_after: PositiveDuration.prefault('30m').describe(
    'Without a word or an open stream of the customer',
  ),
  human_cost_per_hour: z.number().min(0).default(30).describe('USD, for the cost comparison'),
  opening_hours: OpeningHoursFile.optional(),
});
export type HilConfigFile = z.output<typeof HilConfigFile>;
