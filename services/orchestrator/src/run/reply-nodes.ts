import { expressionsOf } from '../workflow/expression/template.js';
import { isSink, type Workflow } from '../workflow/workflow.js';

const known = new WeakMap<Workflow, ReadonlySet<string>>();

/** True for an agent whose text a FINISH sink gives as the reply: it may be shown while it is written. */
export const repliesWith = (workflow: Workflow, nodeId: string): boolean => {
  const nodes = known.get(workflow) ?? replyNodes(workflow);
  known.set(workflow, nodes);
  return nodes.has(nodeId);
};

const replyNodes = (workflow: Workflow): ReadonlySet<string> => {
  const texts = [...workflow.nodes.values()]
    .filter(isSink)
    .filter((sink) => sink.sink === 'FINISH')
    .flatMap((sink) => (sink.reply ? expressionsOf(sink.reply) : []))
    .flatMap(({ simple }) => (simple?.kind === 'path' ? [simple.names] : []));
  const ids = texts.flatMap(([root, id, field, ...deeper]) =>
    root === 'nodes' && id !== undefined && field === 'text' && deeper.length === 0 ? [id] : [],
  );
  return new Set(ids.filter((id) => isTextAgent(workflow, id)));
};

/** A structured answer is written as JSON: nothing to show. */
const isTextAgent = (workflow: Workflow, id: string): boolean => {
  const node = workflow.nodes.get(id);
  return node?.type === 'agent' && node.output === null;
};
