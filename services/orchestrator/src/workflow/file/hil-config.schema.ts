import { HandoverReason, Priority, RequiredSkills, SkillName, StaffRole } from '@baton/contracts';
import { z } from 'zod';

import { Duration, PositiveDuration } from './duration.js';
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
    any_language: z.literal(true).optional().describe('The language is only preferred from here on'),
    any_role: z.literal(true).optional().describe('No role is asked for from here on'),
    anyone: z.literal(true).optional().describe('Nothing is asked for from here on'),
  })
  .refine(
    ({ after: _after, ...step }) => Object.values(step).some((value) => value !== undefined),
    'must lower levels, drop skills or ask for any language, any role or anyone',
  );

const RoutingRuleFile = z.strictObject({
  when: ExpressionText.optional(),
  required_skills: RequiredSkills.default({}).describe('Skill: least level, 1 to 5'),
  preferred_skills: RequiredSkills.optional().describe('Make an agent fit better; nobody waits for them'),
  role: StaffRole.optional().describe('The least role of who takes it'),
  language: z
    .enum(['preferred', 'required'])
    .optional()
    .describe("Whether who takes it must speak the customer's language; preferred unless told"),
  weight: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe("How much of an agent's capacity it takes; 1 unless told"),
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
      known_first: Duration.prefault('30s').describe(
        'So long the agent who knows the customer is asked before anybody else; 0s: never',
      ),
      known_wait: Duration.prefault('0s').describe(
        'So long nobody else is asked although that agent is busy',
      ),
    })
    .prefault({}),
  no_agent_available: z.enum(['wait', 'stay_with_ai', 'callback']).default('wait'),
  reply_mode: z.enum(['auto', 'draft']).default('auto').describe('draft: a person sends what the AI writes'),
  abandoned_after: PositiveDuration.prefault('30m').describe(
    'Without a word or an open stream of the customer',
  ),
  silent_after: PositiveDuration.prefault('5m').describe(
    'A customer who waits so long for a word of the agent who has them is given to another',
  ),
  human_cost_per_hour: z.number().min(0).default(30).describe('USD, for the cost comparison'),
  opening_hours: OpeningHoursFile.optional(),
});
export type HilConfigFile = z.output<typeof HilConfigFile>;
