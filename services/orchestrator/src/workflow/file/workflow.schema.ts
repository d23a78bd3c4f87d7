import { CallerToken } from '@baton/contracts';
import { z } from 'zod';

import { PositiveDuration } from './duration.js';
import { ApprovalPolicyFile } from './approval-policy.schema.js';
import { ConversationFile } from './conversation.schema.js';
import { HilConfigFile } from './hil-config.schema.js';
import { JsonSchema, ModelName, NodeId } from './names.schema.js';
import { NodeFile } from './node.schema.js';

/** Everything of a workflow file beside its nodes. */
export const WorkflowSettings = z.strictObject({
  name: CallerToken.describe('What it is called by'),
  description: z.string().max(2000).optional(),
  input: JsonSchema.optional().describe('JSON Schema of input_data; any object without it'),
  hil_config: HilConfigFile.optional().describe('What only matters with a person'),
  approvals: z
    .array(ApprovalPolicyFile)
    .default([])
    .describe("How risky a tool's action is, and who must agree to it; else its own tier decides"),
  consultation: z
    .strictObject({ model: ModelName.default('smart'), max_tokens: z.int().min(1).default(1000) })
    .prefault({})
    .describe('The model with which a person consults the agent'),
  conversation: ConversationFile.prefault({}).describe(
    'How messages become turns, and what agents are shown',
  ),
  limits: z
    .strictObject({
      cost_usd: z.number().min(0).default(0.25).describe('Most that one run may cost'),
      timeout: PositiveDuration.prefault('60s').describe('Longest that one worker may play it'),
    })
    .prefault({})
    .describe('What a run may take'),
});

/** The one schema of a workflow file: the loader reads by it, editors complete by it. */
export type WorkflowSettings = z.output<typeof WorkflowSettings>;

export const WorkflowFile = WorkflowSettings.extend({
  nodes: z
    .record(NodeId, NodeFile, { error: 'must be a map of nodes' })
    .refine((nodes) => Object.keys(nodes).length > 0, 'must hold a node'),
});
export type WorkflowFile = z.output<typeof WorkflowFile>;
