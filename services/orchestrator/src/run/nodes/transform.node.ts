import type { TransformNode } from '../../workflow/workflow.js';
import { completed, type NodeEnd, type NodeWork, renderAll } from './node-work.js';

export const runTransform = async (node: TransformNode, work: NodeWork): Promise<NodeEnd> => {
  const [value] = await renderAll(work, [node.value]);
  return completed(value);
};
