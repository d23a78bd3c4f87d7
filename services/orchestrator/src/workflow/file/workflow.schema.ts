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
  name: CallerToken,
  description: z.string().max(2000).optional(),
  /** JSON Schema of `input_data`; without it any object. */
  input: JsonSchema.optional(),
  hil_config: HilConfigFile.optional(),
  approvals: z.array(ApprovalPolicyFile).default([]),
  consultation: z
    .strictObject({ model: ModelName.default('smart'), max_tokens: z.int().min(1).default(1000) })
    .prefault({}),
  conversation: ConversationFile.prefault({}),
  limits: z
    .strictObject({
      cost_usd: z.number().min(0).default(0.25),
      timeout: PositiveDuration.prefault('60s'),
    })
    .prefault({}),
});

/** The one schema of a workflow file: the loader reads by it, editors complete by it. */
export type WorkflowSettings = z.output<typeof WorkflowSettings>;

export const WorkflowFile = WorkflowSettings.extend({
  nodes: z
    .record(NodeId, NodeFile, { error: 'must be a map of nodes' })
    .refine((nodes) => Object.keys(nodes).length > 0, 'must hold a node'),
});
export type WorkflowFile = z.output<typeof WorkflowFile>;
