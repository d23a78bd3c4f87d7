import { NO_USAGE, type RunEvent } from '@baton/contracts';

import type { Expression } from '../workflow/expression/expression.js';
import { expressionsOf, type Template } from '../workflow/expression/template.js';
import type { ItemNode, Workflow, WorkflowNode } from '../workflow/workflow.js';
import type { RunFacts } from './run.state.js';

/**
 * The finished steps of a run that was cut short by new input, as the run that takes its place begins with them: those
 * that the input can't have changed. What they cost is counted where they were done.
 */
export const keptSteps = (workflow: Workflow, run: RunFacts): readonly RunEvent[] =>
  Object.entries(run.steps)
    .filter(([id, { status }]) => status === 'COMPLETED' && isUntouched(workflow, id))
    .map(([node_id, step]) => ({
      type: 'run.step_completed',
      data: { node_id, ...step, usage: NO_USAGE },
    }));

/** Neither it nor anything before it looks at the input, and no agent has a part in it: agents see the message. */
const isUntouched = (workflow: Workflow, id: string): boolean =>
  [id, ...(workflow.graph.ancestors.get(id) ?? [])].every((each) => {
    const node = workflow.nodes.get(each);
    return node !== undefined && !hasAgent(node) && expressionsIn(node).every(looksAtNodesOnly);
  });

const hasAgent = (node: WorkflowNode): boolean =>
  node.type === 'agent' || (node.type === 'map' && node.item.type === 'agent');

const looksAtNodesOnly = ({ names }: Expression): boolean =>
  [...names.roots].every((root) => root === 'nodes');

const expressionsIn = (node: WorkflowNode): readonly Expression[] => [
  ...(node.when ? [node.when] : []),
  ...workIn(node),
];

const workIn = (node: WorkflowNode | ItemNode): readonly Expression[] => {
  switch (node.type) {
    case 'tool':
      return expressionsOf(node.args);
    case 'transform':
      return expressionsOf(node.value);
    case 'branch':
      return node.cases.map(({ when }) => when);
    case 'map':
      return [...expressionsOf(node.over), ...workIn(node.item).filter((each) => !isOnlyItem(each, node.as))];
    case 'approval':
      return [...expressionsOf(node.plan), ...(node.risk?.kind === 'score' ? [node.risk.expression] : [])];
    case 'agent':
      return promptOf(node.prompt);
    case 'sink':
      return [];
  }
};

const promptOf = (prompt: Template | null): readonly Expression[] => (prompt ? expressionsOf(prompt) : []);

/** An item of the list that a map goes through is what the list is. */
const isOnlyItem = ({ names }: Expression, as: string): boolean =>
  [...names.roots].every((root) => root === as || root === 'nodes');
