import { asText } from '../../workflow/expression/template.js';
import type { ApprovalNode } from '../../workflow/workflow.js';
import { type NodeEnd, type NodeWork, renderAll } from './node-work.js';

/** Until runs can pause for a decision, what needs one is handed over with the plan in the note. */
export const runApproval = async (node: ApprovalNode, work: NodeWork): Promise<NodeEnd> => {
  const [plan] = await renderAll(work, [node.plan]);
  const { request, steps } = plan as { request: unknown; steps: readonly { tool: string }[] };
  const planned = steps.map(({ tool }) => ({ tool, outcome: 'not run: needs approval' }));
  return {
    kind: 'needs-person',
    reason: 'agent_decision',
    note: `A person must approve "${node.id}": ${asText(request)}`,
    tried: planned,
  };
};
