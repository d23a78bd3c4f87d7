import type { EvaluationMoment, Scope } from '../workflow/expression/expression-engine.js';
import type { WorkflowGraph } from '../workflow/graph/workflow-graph.js';
import type { RunFacts } from './run.state.js';

/** What expressions see of the conversation that a run belongs to; null standalone. */
export type ConversationScope = Readonly<Record<string, unknown>> | null;

/** The names that expressions of a run may use, with all steps that have ended so far. */
export const scopeOfRun = (run: RunFacts, conversation: ConversationScope): Scope => ({
  input: run.input,
  nodes: outputsOf(run, () => true),
  conversation,
  turn_count: run.turn_number ?? 0,
});

/**
 * The names that expressions of one node may use. Of the other nodes only those that are sure to be done before it:
 * what runs in parallel would be seen or not, as chance has it, and differently after a crash.
 */
export const scopeOfNode = (
  run: RunFacts,
  conversation: ConversationScope,
  graph: WorkflowGraph,
  nodeId: string,
): Scope => {
  const before = graph.ancestors.get(nodeId);
  return { ...scopeOfRun(run, conversation), nodes: outputsOf(run, (id) => before?.has(id) ?? false) };
};

/** `$now()` is the run's beginning, `$random()` goes by its id: both are the same whenever it is resumed. */
export const momentOf = (run: RunFacts, nodeId: string): EvaluationMoment => ({
  now: Date.parse(run.started_at),
  seed: `${run.run_id}/${nodeId}`,
});

/** In the order of their names, not in that in which they ended: a whole scope in a text reads the same after a crash. */
const outputsOf = (run: RunFacts, isVisible: (id: string) => boolean): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(run.steps)
      .filter(([id, step]) => step.status === 'COMPLETED' && isVisible(id))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([id, step]) => [id, step.output]),
  );
