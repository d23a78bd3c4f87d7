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
  needs: z
    .array(NodeId, { error: 'must be a list of node ids' })
    .default([])
    .describe('The nodes that must be done or skipped before this one begins; skipped if all of them were'),
  when: ExpressionText.optional().describe('JSONata; where it is false the node is skipped'),
};

const worked = {
  ...dependent,
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(20).default(3).describe('Tries in all'),
      backoff: PositiveDuration.prefault('500ms').describe('Before the second try; doubles with each'),
    })
    .prefault({})
    .describe('How often what may pass is tried: a model or a service that is away'),
  timeout: PositiveDuration.prefault('30s').describe('For one try'),
};

const agentWork = {
  type: z.literal('agent'),
  agent: z
    .string({ error: 'must be the name of an agent type' })
    .default('simple')
    .meta({
      description:
        'simple: one call of a model; reasoning: thinks and acts with tools until it answers; code: writes programs and runs them in a sandbox until it answers',
      examples: ['simple', 'reasoning', 'code'],
    }),
  model: ModelName.optional().meta({
    description: 'A tier or provider/model; fast for simple agents and smart for the others unless told',
    examples: ['fast', 'smart'],
  }),
  prompt: TemplateText.optional().describe('The task; {{ }} holds JSONata'),
  output: JsonSchema.optional().describe('JSON Schema of the structured answer'),
  tools: z.array(ToolName).optional().describe('What a reasoning or code agent may call'),
  max_steps: z.int().min(1).max(100).default(8).describe('Rounds of a reasoning or code agent'),
};
const toolWork = {
  type: z.literal('tool'),
  tool: ToolName,
  args: z
    .record(z.string(), ValueTree, { error: 'must be a map of arguments' })
    .default({})
    .describe('Its arguments; strings may hold {{ }}'),
};
const transformWork = {
  type: z.literal('transform'),
  value: ValueTree.describe('JSONata, or any YAML whose strings may hold {{ }}'),
};

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
  over: ValueTree.describe('JSONata that gives the list'),
  as: NodeId.default('item').describe('The name under which expressions see the item'),
  node: z
    .union([NodeId, ItemNode])
    .describe(
      'What runs for each item: a node, or the id of one that is declared beside it and then runs only here',
    ),
  ...worked,
});

const targets = z
  .union([NodeId, z.array(NodeId).min(1)], { error: 'must be a node id or a list of them' })
  .describe('The nodes that run then');
const BranchNode = z.strictObject({
  type: z.literal('branch'),
  cases: z
    .array(z.strictObject({ when: ExpressionText, to: targets }))
    .min(1)
    .describe('The first that holds decides'),
  default: targets.optional(),
  ...worked,
});

const ApprovalNode = z.strictObject({
  type: z.literal('approval'),
  plan: z.union(
    [
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
    ],
    { error: 'must be a text, or {request, steps}' },
  ),
  risk: ExpressionText.optional().describe('A tier, or an expression that yields a score from 0 to 100'),
  ...worked,
});

const SinkNode = z.strictObject({
  type: z.literal('sink'),
  sink: z.enum(['FINISH', 'HANDOVER']).describe('How the run ends when it comes here'),
  reply: TemplateText.optional().describe('What the customer is told'),
  confidence: z
    .union([z.number().min(0).max(1), TemplateText])
    .optional()
    .describe('How sure the reply is, 0 to 1; none counts as 0 where a threshold is set'),
  reason: HandoverReason.optional().describe('Why a person is needed; agent_decision unless told'),
  note: TemplateText.optional().describe('For the person who takes over'),
  output: ValueTree.optional().describe('What a standalone run returns; the reply unless told'),
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
