import type { WorkflowNode } from '../workflow/workflow.js';
import type { WorkflowGraph } from '../workflow/graph/workflow-graph.js';
import type { StepRecord } from './run.state.js';

/** What the scheduler needs of a workflow. */
export interface Schedulable {
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  readonly graph: WorkflowGraph;
}

/** What may happen now; everything in it follows from the steps that ended and the conditions that are known. */
export interface NextSteps {
  /** Nodes and sinks whose turn it is if their `when` holds: evaluate it and ask again. */
  readonly undecided: readonly string[];
  /** Nodes to run, if they do not run already. */
  readonly ready: readonly string[];
  /** Nodes that will not run. */
  readonly skipped: readonly string[];
  /** The sink that was reached: of several, the one that the file declares first. */
  readonly sink: string | null;
  /** A node that failed for good: the run fails with it. */
  readonly failed: string | null;
}

type Standing = 'open' | 'done' | 'skipped';

/**
 * @param steps what has ended, by node id
 * @param conditions which `when`s hold, of those that were evaluated
 */
export const nextSteps = (
  workflow: Schedulable,
  steps: Readonly<Record<string, Pick<StepRecord, 'status' | 'output'>>>,
  conditions: ReadonlyMap<string, boolean>,
): NextSteps => {
  const standing = new Map<string, Standing>();
  const undecided: string[] = [];
  const ready: string[] = [];
  const skipped: string[] = [];
  const reached: string[] = [];
  for (const id of workflow.graph.order) {
    const ended = Object.hasOwn(steps, id) ? steps[id] : undefined;
    // One that was stopped came to nothing: whoever takes the run up runs it again.
    if (ended && ended.status !== 'CANCELLED') {
      standing.set(id, ended.status === 'SKIPPED' ? 'skipped' : 'done');
      continue;
    }
    const turn = turnOf(workflow, id, standing, steps, conditions);
    standing.set(id, turn === 'skip' ? 'skipped' : 'open');
    if (turn === 'skip') skipped.push(id);
    else if (turn === 'undecided') undecided.push(id);
    else if (turn === 'go') (workflow.nodes.get(id)?.type === 'sink' ? reached : ready).push(id);
  }
  const isOpenSink = (id: string): boolean => workflow.nodes.get(id)?.type === 'sink';
  // A sink declared earlier may still turn out to be reached.
  const sink = undecided.some(isOpenSink)
    ? null
    : ([...workflow.nodes.keys()].find((id) => reached.includes(id)) ?? null);
  const failed = workflow.graph.order.find((id) => steps[id]?.status === 'FAILED') ?? null;
  return { undecided, ready, skipped: skipped.filter((id) => !isOpenSink(id)), sink, failed };
};

type Turn = 'wait' | 'skip' | 'undecided' | 'go';

const turnOf = (
  { nodes, graph }: Schedulable,
  id: string,
  standing: ReadonlyMap<string, Standing>,
  steps: Readonly<Record<string, Pick<StepRecord, 'status' | 'output'>>>,
  conditions: ReadonlyMap<string, boolean>,
): Turn => {
  const needs = graph.needs.get(id) ?? [];
  const choosers = graph.choosers.get(id) ?? [];
  if ([...needs, ...choosers].some((other) => standing.get(other) === 'open')) return 'wait';
  if (needs.length > 0 && needs.every((need) => standing.get(need) === 'skipped')) return 'skip';
  if (choosers.length > 0 && !choosers.some((branch) => chose(steps[branch]?.output, id))) return 'skip';
  if (!nodes.get(id)?.when) return 'go';
  const holds = conditions.get(id);
  if (holds === undefined) return 'undecided';
  return holds ? 'go' : 'skip';
};

/** A branch's result is `{ chosen: [ids] }`. */
const chose = (output: unknown, id: string): boolean => {
  const chosen = (output as { chosen?: unknown } | null | undefined)?.chosen;
  return Array.isArray(chosen) && chosen.includes(id);
};
