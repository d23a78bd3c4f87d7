import type { SyntaxNode } from './simple-expression.js';

/** What an expression takes from the names in scope: `nodes.classify.intent` is root `nodes`, node `classify`. */
export interface NamesUsed {
  readonly roots: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
  /** Fields of `input`; {@link WHOLE_INPUT} where it may be any of them. */
  readonly inputs: ReadonlySet<string>;
}

export const WHOLE_INPUT = '*';

/**
 * The names that an expression looks up in the scope itself. Names behind a dot, inside a filter or in a group
 * are looked up in what came before and are not among them.
 */
export const namesUsed = (tree: SyntaxNode): NamesUsed => {
  const roots = new Set<string>();
  const nodes = new Set<string>();
  const inputs = new Set<string>();

  const visitPath = (steps: readonly SyntaxNode[], atRoot: boolean): void => {
    const [first, ...rest] = steps;
    if (!first) return;
    // `$$` is the scope from anywhere, `$` is it where no step came before.
    const isScope = first.type === 'variable' && (first.value === '$' || (first.value === '' && atRoot));
    const names = isScope ? rest : atRoot ? steps : [];
    const [root, node] = names;
    if (root?.type === 'name') {
      roots.add(String(root.value));
      if (root.value === 'nodes' && node?.type === 'name') nodes.add(String(node.value));
      if (root.value === 'input') inputs.add(node?.type === 'name' ? String(node.value) : WHOLE_INPUT);
    } else if (isScope) inputs.add(WHOLE_INPUT);
    visitParts(first, atRoot && first.type !== 'name');
    for (const step of rest) visit(step, false);
  };

  const visit = (node: SyntaxNode, atRoot: boolean): void => {
    if (node.type === 'path') {
      visitPath(node['steps'] as readonly SyntaxNode[], atRoot);
      visitParts(node, atRoot, ['steps']);
    } else if (node.type === 'name') {
      if (atRoot) roots.add(String(node.value));
      if (atRoot && node.value === 'input') inputs.add(WHOLE_INPUT);
    } else if (node.type === 'variable' && (node.value === '$' || (node.value === '' && atRoot))) {
      inputs.add(WHOLE_INPUT);
    } else visitParts(node, atRoot);
  };

  /** Filters, groups and sort terms look at the items of what they stand behind. */
  const inner = new Set(['stages', 'predicate', 'group', 'terms', 'pattern', 'update', 'delete']);
  const visitParts = (node: SyntaxNode, atRoot: boolean, skip: readonly string[] = []): void => {
    for (const [key, part] of Object.entries(node)) {
      if (skip.includes(key) || key === 'value') continue;
      visitAny(part, atRoot && !inner.has(key));
    }
  };

  const visitAny = (part: unknown, atRoot: boolean): void => {
    if (Array.isArray(part)) for (const item of part) visitAny(item, atRoot);
    else if (isSyntaxNode(part)) visit(part, atRoot);
    else if (typeof part === 'object' && part !== null)
      for (const value of Object.values(part)) visitAny(value, atRoot);
  };

  visit(tree, true);
  return { roots, nodes, inputs };
};

const isSyntaxNode = (part: unknown): part is SyntaxNode =>
  typeof part === 'object' && part !== null && typeof (part as SyntaxNode).type === 'string';
