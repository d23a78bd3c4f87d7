import { type Expression, ExpressionSyntaxError, parseExpression } from '../expression/expression.js';
import { TemplateSyntaxError } from '../expression/template-lexer.js';
import { compileText, expressionsOf, expressionTemplate, type Template } from '../expression/template.js';
import type { Path } from '../file/yaml-source.js';
import type { WorkflowGraph } from '../graph/workflow-graph.js';
import type { Problems } from './problems.js';

/** Names that every expression may use. */
export const SCOPE_NAMES: readonly string[] = ['input', 'nodes', 'conversation', 'turn_count'];

/** Where an expression stands: `node` sees only what is sure to be done before it; null is evaluated at the end. */
export interface Site {
  readonly node: string | null;
  /** Names in scope beside {@link SCOPE_NAMES}. */
  readonly extra?: readonly string[];
}

const UNPARSED: Template = { kind: 'constant', value: null };

/** Parses every expression of a file, and afterwards checks the names they use against the graph. */
export class ExpressionCompiler {
  private readonly uses: { readonly expression: Expression; readonly path: Path; readonly site: Site }[] = [];

  constructor(private readonly problems: Problems) {}

  expression(source: string, path: Path, site: Site): Expression | null {
    const expression = this.guarded(path, () => parseExpression(source));
    if (expression) this.uses.push({ expression, path, site });
    return expression ?? null;
  }

  /** A YAML value whose strings are templates. */
  template(value: unknown, path: Path, site: Site): Template {
    if (typeof value === 'string') {
      const template = this.guarded(path, () => compileText(value)) ?? UNPARSED;
      for (const expression of expressionsOf(template)) this.uses.push({ expression, path, site });
      return template;
    }
    if (Array.isArray(value))
      return { kind: 'list', items: value.map((item, index) => this.template(item, [...path, index], site)) };
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).map(
        ([key, item]) => [key, this.template(item, [...path, key], site)] as const,
      );
      return { kind: 'map', entries };
    }
    return { kind: 'constant', value };
  }

  /** As {@link template}, but text without `{{ }}` is an expression: where a constant would have no use. */
  value(value: unknown, path: Path, site: Site): Template {
    if (typeof value !== 'string' || value.includes('{{')) return this.template(value, path, site);
    const expression = this.expression(value, path, site);
    return expression ? expressionTemplate(expression) : UNPARSED;
  }

  /** Whether some expression looks at more of the input than the message. */
  get readsConversation(): boolean {
    return this.uses.some(({ expression }) =>
      [...expression.names.inputs].some((name) => name !== 'message'),
    );
  }

  /**
   * Names that are not in scope, nodes that are not there, nodes that may not be done yet.
   * @param graph null where it is not whole: then nothing is said of what comes before what
   */
  checkNames(nodes: ReadonlySet<string>, graph: WorkflowGraph | null): void {
    for (const { expression, path, site } of this.uses) {
      const inScope = [...SCOPE_NAMES, ...(site.extra ?? [])];
      for (const root of expression.names.roots) {
        if (!inScope.includes(root))
          this.problems.at(path, `"${root}" is not in scope; ${inScope.join(', ')} are`, expression.source);
      }
      for (const used of expression.names.nodes) {
        if (!nodes.has(used)) this.problems.at(path, `There is no node "${used}"`, expression.source);
        else if (graph && site.node !== null && !graph.ancestors.get(site.node)?.has(used))
          this.problems.at(
            path,
            `"${used}" may not be done when "${site.node}" begins: it is not among its needs`,
            expression.source,
          );
      }
    }
  }

  private guarded<T>(path: Path, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ExpressionSyntaxError || error instanceof TemplateSyntaxError)) throw error;
      this.problems.at(path, error.message, error.piece);
      return undefined;
    }
  }
}
