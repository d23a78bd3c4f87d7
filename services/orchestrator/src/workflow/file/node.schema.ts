import { HandoverReason } from '@baton/contracts';
import { z } from 'zod';

import { PositiveDuration } from './duration.js';
import {
  ExpressionText,
  JsonSchema,
  ModelName,
  NodeId,
  TemplateText,
  ToolName,
  ValueTree,
} from './names.schema.js';

const dependent = {
  needs: z.array(NodeId, { error: 'must be a list of node ids' }).default([]),
  when: ExpressionText.optional(),
};

const worked = {
  ...dependent,
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(20).default(3),
      backoff: PositiveDuration.prefault('500ms'),
    })
    .prefault({}),
  timeout: PositiveDuration.prefault('30s'),
};

const agentWork = {
  type: z.literal('agent'),
  agent: z.string({ error: 'must be the name of an agent type' }).default('simple'),
  model: ModelName.optional(),
  prompt: TemplateText.optional(),
  output: JsonSchema.optional(),
  tools: z.array(ToolName).optional(),
  max_steps: z.int().min(1).max(100).default(8),
};
const toolWork = {
  type: z.literal('tool'),
  tool: ToolName,
  args: z.record(z.string(), ValueTree, { error: 'must be a map of arguments' }).default({}),
};
const transformWork = { type: z.literal('transform'), value: ValueTree };

const AgentNode = z.strictObject({ ...agentWork, ...worked });
const ToolNode = z.strictObject({ ...toolWork, ...worked });
const TransformNode = z.strictObject({ ...transformWork, ...worked });

/** What a map does with each item: a node without a place of its own in the graph. */
const { needs: _needs, when: _when, ...perItem } = worked;
const ItemNode = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ ...agentWork, ...perItem }),
    z.strictObject({ ...toolWork, ...perItem }),
    z.strictObject({ ...transformWork, ...perItem }),
  ],
  { error: "a map's node is an agent, a tool or a transform" },
);

const MapNode = z.strictObject({
  type: z.literal('map'),
  over: ValueTree,
  as: NodeId.default('item'),
  /** The node itself, or the id of one that is declared beside it and then runs only here. */
  node: z.union([NodeId, ItemNode]),
  ...worked,
});

const targets = z.union([NodeId, z.array(NodeId).min(1)], { error: 'must be a node id or a list of them' });
const BranchNode = z.strictObject({
  type: z.literal('branch'),
  cases: z.array(z.strictObject({ when: ExpressionText, to: targets })).min(1),
  default: targets.optional(),
  ...worked,
});

const ApprovalNode = z.strictObject({
  type: z.literal('approval'),
  plan: z.union([
    TemplateText,
    z.strictObject({
      request: TemplateText,
      steps: z
        .array(
          z.strictObject({
            tool: ToolName,
            args: z.record(z.string(), ValueTree).default({}),
            reason: TemplateText.optional(),
          }),
        )
        .default([]),
    }),
  ]),
  /** A tier, or an expression that yields a score. */
  risk: ExpressionText.optional(),
  ...worked,
});

const SinkNode = z.strictObject({
  type: z.literal('sink'),
  sink: z.enum(['FINISH', 'HANDOVER']),
  reply: TemplateText.optional(),
  confidence: z.union([z.number().min(0).max(1), TemplateText]).optional(),
  reason: HandoverReason.optional(),
  note: TemplateText.optional(),
  output: ValueTree.optional(),
  ...dependent,
});

export const NodeFile = z.discriminatedUnion(
  'type',
  [AgentNode, ToolNode, TransformNode, BranchNode, MapNode, ApprovalNode, SinkNode],
  { error: 'type must be agent, tool, transform, branch, map, approval or sink' },
);
export type NodeFile = z.output<typeof NodeFile>;
export type NodeFileOf<T extends NodeFile['type']> = Extract<NodeFile, { type: T }>;
export type ItemNodeFile = z.output<typeof ItemNode>;
