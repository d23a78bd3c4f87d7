import type { NodeFile } from '../file/node.schema.js';
import { isNeverTrue } from '../expression/expression.js';
import { buildGraph, type Edge, findCycles, type WorkflowGraph } from '../graph/workflow-graph.js';
import type { WorkflowNode } from '../workflow.js';
import type { Problems } from './problems.js';

/** The nodes that stand in the file only for a map to run them. */
export const mapItems = (files: ReadonlyMap<string, NodeFile>, problems: Problems): Map<string, NodeFile> => {
  const items = new Map<string, NodeFile>();
  for (const [id, file] of files) {
    if (file.type !== 'map' || typeof file.node !== 'string') continue;
    const item = files.get(file.node);
    const path = ['nodes', id, 'node'];
    if (!item) problems.at(path, `There is no node "${file.node}"`);
    else if (item.type !== 'agent' && item.type !== 'tool' && item.type !== 'transform')
      problems.at(path, "A map's node is an agent, a tool or a transform");
    else if (item.needs.length > 0 || item.when !== undefined)
      problems.at(
        path,
        `"${file.node}" runs for each item of this map: it can have no needs or when of its own`,
      );
    else items.set(file.node, item);
  }
  return items;
};

/** Every dependency that the file states, and complaints about those that can't be. */
export const readEdges = (
  files: ReadonlyMap<string, NodeFile>,
  declared: ReadonlySet<string>,
  items: ReadonlyMap<string, NodeFile>,
  problems: Problems,
): Edge[] => {
  const edges: Edge[] = [];
  const connect = (edge: Edge, waitedFor: string): void => {
    const other = waitedFor === edge.from ? edge.from : edge.to;
    if (!declared.has(other)) problems.at(edge.path, `There is no node "${other}"`);
    else if (items.has(other)) problems.at(edge.path, `"${other}" runs only for the items of a map`);
    else if (edge.kind === 'needs' && files.get(edge.from)?.type === 'sink')
      problems.at(edge.path, `"${edge.from}" is a sink and ends the run: nothing can wait for it`);
    else edges.push(edge);
  };
  for (const [id, file] of files) {
    if (items.has(id)) continue;
    file.needs.forEach((need, index) =>
      connect({ from: need, to: id, kind: 'needs', path: ['nodes', id, 'needs', index] }, need),
    );
    if (file.type !== 'branch') continue;
    file.cases.forEach(({ to }, index) =>
      targets(to, ['nodes', id, 'cases', index, 'to']).forEach(({ target, path }) =>
        connect({ from: id, to: target, kind: 'chosen-by', path }, target),
      ),
    );
    if (file.default !== undefined)
      targets(file.default, ['nodes', id, 'default']).forEach(({ target, path }) =>
        connect({ from: id, to: target, kind: 'chosen-by', path }, target),
      );
  }
  return edges;
};

/** The graph; cycles are reported and left out of it, and it is then not whole. */
export const checkCycles = (
  ids: readonly string[],
  edges: readonly Edge[],
  problems: Problems,
): { readonly graph: WorkflowGraph; readonly isWhole: boolean } => {
  const closing = findCycles(ids, edges);
  for (const edge of closing)
    problems.at(
      edge.path,
      edge.from === edge.to
        ? `"${edge.to}" waits for itself`
        : `"${edge.to}" and "${edge.from}" wait for each other: this closes a cycle`,
    );
  const kept = edges.filter((edge) => !closing.includes(edge));
  return { graph: buildGraph(ids, kept), isWhole: closing.length === 0 };
};

/** A workflow must be able to end: some sink whose way there is not barred by constants. */
export const checkSinks = (
  nodes: ReadonlyMap<string, WorkflowNode>,
  graph: WorkflowGraph,
  problems: Problems,
): void => {
  const never = new Set<string>();
  for (const id of graph.order) {
    const node = nodes.get(id);
    const needs = graph.needs.get(id) ?? [];
    const barred = node?.when ? isNeverTrue(node.when) : false;
    const choosers = graph.choosers.get(id) ?? [];
    if (
      barred ||
      (needs.length > 0 && needs.every((need) => never.has(need))) ||
      (choosers.length > 0 && choosers.every((chooser) => never.has(chooser)))
    )
      never.add(id);
  }
  const sinks = [...nodes.values()].filter((node) => node.type === 'sink');
  if (sinks.length === 0) problems.at(['nodes'], 'There is no sink: the workflow could never end');
  else if (sinks.every((sink) => never.has(sink.id)))
    problems.at(['nodes'], 'No sink can be reached: the workflow could never end');
};

const targets = (
  to: string | readonly string[],
  path: readonly (string | number)[],
): { target: string; path: readonly (string | number)[] }[] =>
  typeof to === 'string'
    ? [{ target: to, path }]
    : to.map((target, index) => ({ target, path: [...path, index] }));
