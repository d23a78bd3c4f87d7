import { StaffRole } from '@baton/contracts';
import { z } from 'zod';

import { PositiveDuration } from './duration.js';
import { ExpressionText, ToolName } from './names.schema.js';

const leastScore = (score: number) => z.number().min(0).max(100).default(score);

/** Who decides where no policy says otherwise. */
export const DEFAULT_DECIDERS = {
  MEDIUM: { role: 'agent', approvals: 1 },
  HIGH: { role: 'senior', approvals: 1 },
  CRITICAL: { role: 'senior', approvals: 2 },
} as const satisfies Record<string, { readonly role: StaffRole; readonly approvals: number }>;
/** After it, an action that nobody decided on is rejected. */
export const DEFAULT_EXPIRES_AFTER = '1h';

const deciders = ({ role, approvals }: { readonly role: StaffRole; readonly approvals: number }) =>
  z
    .strictObject({ role: StaffRole.default(role), approvals: z.int().min(1).max(5).default(approvals) })
    .prefault({});

/** How risky a tool's action is, and who must agree to it. */
export const ApprovalPolicyFile = z.strictObject({
  tool: ToolName,
  risk: ExpressionText.optional().describe(
    "A tier, or an expression over args that yields a score from 0 to 100; the tool's own tier without it",
  ),
  tiers: z
    .strictObject({ MEDIUM: leastScore(40), HIGH: leastScore(70), CRITICAL: leastScore(90) })
    .prefault({})
    .refine(
      (least) => least.MEDIUM <= least.HIGH && least.HIGH <= least.CRITICAL,
      'must rise from MEDIUM to CRITICAL',
    )
    .describe('Least score of each tier; below MEDIUM is LOW and needs nobody'),
  require: z
    .strictObject({
      MEDIUM: deciders(DEFAULT_DECIDERS.MEDIUM),
      HIGH: deciders(DEFAULT_DECIDERS.HIGH),
      CRITICAL: deciders(DEFAULT_DECIDERS.CRITICAL),
    })
    .prefault({})
    .describe('Who decides, and how many of them'),
  four_eyes: z
    .boolean()
    .default(false)
    .describe('Whoever set the run off may not decide on it: maker and checker are two people'),
  expires_after: PositiveDuration.prefault(DEFAULT_EXPIRES_AFTER).describe('Then it is rejected'),
});
export type ApprovalPolicyFile = z.output<typeof ApprovalPolicyFile>;
