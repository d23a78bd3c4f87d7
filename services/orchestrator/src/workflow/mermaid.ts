import type { Workflow, WorkflowNode } from './workflow.js';

/** A workflow as a Mermaid flowchart: solid arrows are needs, dotted ones a branch's choices. */
export const toMermaid = ({ nodes, graph }: Workflow): string => {
  const lines = ['flowchart TD'];
  for (const node of nodes.values()) lines.push(`  ${node.id}${shapeOf(node)}`);
  for (const id of nodes.keys()) {
    const label = nodes.get(id)?.when ? `|"${quoted(`when ${nodes.get(id)?.when?.source}`)}"|` : '';
    for (const need of graph.needs.get(id) ?? []) lines.push(`  ${need} -->${label} ${id}`);
    for (const branch of graph.choosers.get(id) ?? []) lines.push(`  ${branch} -.-> ${id}`);
  }
  return `${lines.join('\n')}\n`;
};

const shapeOf = (node: WorkflowNode): string => {
  switch (node.type) {
    case 'agent':
      return `["${node.id}<br/>${node.agent} agent, ${quoted(node.model)}"]`;
    case 'tool':
      return `[["${node.id}<br/>${quoted(node.tool)}"]]`;
    case 'transform':
      return `("${node.id}")`;
    case 'branch':
      return `{"${node.id}"}`;
    case 'map':
      return `[/"${node.id}<br/>each ${node.as}"/]`;
    case 'approval':
      return `{{"${node.id}<br/>approval"}}`;
    case 'sink':
      return `(["${node.sink}: ${node.id}"])`;
  }
};

const quoted = (text: string): string => text.replaceAll('"', '#quot;').replaceAll('\n', ' ');
