/** How nodes depend on each other: what the scheduler goes by, and what the loader checks. */
export interface WorkflowGraph {
  /** Every node behind all that it waits for; among equals, in the order of the file. */
  readonly order: readonly string[];
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** The branches that decide whether a node runs; it waits for them too. */
  readonly choosers: ReadonlyMap<string, readonly string[]>;
  /** Everything that is sure to have come to an end before a node begins. */
  readonly ancestors: ReadonlyMap<string, ReadonlySet<string>>;
}

/** One dependency, and where the file states it. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'needs' | 'chosen-by';
  readonly path: readonly (string | number)[];
}

/** The edges that can't be followed without coming back: one for each cycle that a walk through the file meets. */
export const findCycles = (ids: readonly string[], edges: readonly Edge[]): Edge[] => {
  const incoming = groupBy(edges, (edge) => edge.to);
  const done = new Set<string>();
  const open = new Set<string>();
  const closing: Edge[] = [];
  const walk = (id: string): void => {
    if (done.has(id)) return;
    open.add(id);
    for (const edge of incoming.get(id) ?? []) {
      if (open.has(edge.from)) closing.push(edge);
      else walk(edge.from);
    }
    open.delete(id);
    done.add(id);
  };
  ids.forEach(walk);
  return closing;
};

/** The graph of nodes that hold no cycle. */
export const buildGraph = (ids: readonly string[], edges: readonly Edge[]): WorkflowGraph => {
  const incoming = groupBy(edges, (edge) => edge.to);
  const fromOf = (id: string, kind: Edge['kind']): string[] => [
    ...new Set((incoming.get(id) ?? []).filter((edge) => edge.kind === kind).map((edge) => edge.from)),
  ];
  const order: string[] = [];
  const ancestors = new Map<string, Set<string>>();
  const place = (id: string): Set<string> => {
    const known = ancestors.get(id);
    if (known) return known;
    const before = new Set<string>();
    for (const { from } of incoming.get(id) ?? []) {
      before.add(from);
      for (const ancestor of place(from)) before.add(ancestor);
    }
    ancestors.set(id, before);
    order.push(id);
    return before;
  };
  ids.forEach(place);
  return {
    order,
    ancestors,
    needs: new Map(ids.map((id) => [id, fromOf(id, 'needs')])),
    choosers: new Map(ids.map((id) => [id, fromOf(id, 'chosen-by')])),
  };
};

const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
};
