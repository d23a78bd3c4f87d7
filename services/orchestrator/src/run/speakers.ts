import { expressionsOf } from '../workflow/expression/template.js';
import { isSink, type Workflow } from '../workflow/workflow.js';

/**
 * The steps to do again for another reply of a sink: the agents whose words it gives, and the transforms that those
 * words pass through. Empty where no agent wrote it: it would be the same again.
 */
export const speakersOf = (workflow: Workflow, sinkId: string | null): readonly string[] => {
  const sink = sinkId === null ? undefined : workflow.nodes.get(sinkId);
  if (!sink || !isSink(sink) || !sink.reply) return [];
  const again = new Set<string>();
  /** True where an agent stands behind it. */
  const visit = (id: string): boolean => {
    const node = workflow.nodes.get(id);
    const speaks =
      node?.type === 'agent' ||
      (node?.type === 'transform' && namedIn(expressionsOf(node.value)).map(visit).some(Boolean));
    if (speaks) again.add(id);
    return speaks;
  };
  namedIn(expressionsOf(sink.reply)).forEach(visit);
  return [...again];
};

const namedIn = (expressions: ReturnType<typeof expressionsOf>): readonly string[] => [
  ...new Set(expressions.flatMap(({ names }) => [...names.nodes])),
];
