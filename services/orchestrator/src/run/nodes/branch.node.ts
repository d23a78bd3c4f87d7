import { isTruthy } from '../../workflow/expression/truth.js';
import type { BranchNode } from '../../workflow/workflow.js';
import { completed, evaluateAll, type NodeEnd, type NodeWork } from './node-work.js';

/** The first case that holds decides which nodes run; without one the default, if there is one. */
export const runBranch = async (node: BranchNode, work: NodeWork): Promise<NodeEnd> => {
  const held = await evaluateAll(
    work,
    node.cases.map((choice) => choice.when),
  );
  const first = node.cases[held.findIndex(isTruthy)];
  return completed({ chosen: first?.to ?? node.otherwise });
};
