import type { ActionPlan, ToolSpec } from '@baton/contracts';
import { z } from 'zod';

import { jsonSafe, safeText } from '../../tool/json-safe.js';
import type { Tool } from '../../tool/tool.js';
import { checkArguments } from '../../tool/tool-arguments.js';

export const PROPOSE_PLAN = 'propose_plan';

/** The agent's only way to a change: a plan that a person may take over as their own edit. */
export const proposePlanSpec: ToolSpec = {
  name: PROPOSE_PLAN,
  description:
    'Proposes another plan in place of the pending one. Nothing is done: a person may take it over, or not. Give every step that the plan should have.',
  input_schema: {
    type: 'object',
    properties: {
      request: { type: 'string', description: 'What the plan does, in one sentence' },
      steps: {
        type: 'array',
        minItems: 1,
        maxItems: 100,
        items: {
          type: 'object',
          properties: {
            tool: { type: 'string' },
            args: { type: 'object', description: "The tool's arguments, as its schema wants them" },
            reason: { type: 'string' },
          },
          required: ['tool', 'args'],
          additionalProperties: false,
        },
      },
    },
    required: ['steps'],
    additionalProperties: false,
  },
};

const Proposed = z.object({
  request: z.string().max(10_000).optional(),
  steps: z
    .array(
      z.object({
        tool: z.string(),
        args: z.record(z.string(), z.unknown()),
        reason: z.string().max(10_000).nullish(),
      }),
    )
    .min(1)
    .max(100),
});

export type ProposalReading = { readonly plan: ActionPlan } | { readonly problem: string };

/**
 * A proposed plan, or what is wrong with it in words from which the model can learn: each step is of a tool of the
 * pending plan or of the workflow, with arguments that fit its schema, as an edit by a person would have to be.
 */
export const readProposal = async (
  args: unknown,
  pending: ActionPlan,
  allowed: readonly string[],
  find: (tool: string) => Promise<Tool | undefined>,
): Promise<ProposalReading> => {
  const parsed = Proposed.safeParse(args);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `The plan is none: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim() };
  }
  const steps: ActionPlan['steps'] = [];
  for (const [index, step] of parsed.data.steps.entries()) {
    const isKnown = allowed.includes(step.tool) || pending.steps.some(({ tool }) => tool === step.tool);
    const tool = isKnown ? await find(step.tool) : undefined;
    if (!tool)
      return {
        problem: `Step ${index + 1}: there is no tool ${JSON.stringify(step.tool.slice(0, 100))} here`,
      };
    const checked = checkArguments(tool, step.args);
    if (checked.problem !== undefined) return { problem: `Step ${index + 1}: ${checked.problem}` };
    steps.push({
      tool: tool.name,
      args: jsonSafe(checked.ok),
      reason: step.reason ? safeText(step.reason) : null,
    });
  }
  const request = parsed.data.request?.trim();
  return {
    plan: {
      request: request
        ? safeText(request)
        : steps.map(({ tool, args: each }) => `${tool} ${JSON.stringify(each)}`).join('; '),
      steps,
    },
  };
};
