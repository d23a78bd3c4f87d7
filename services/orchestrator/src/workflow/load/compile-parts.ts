import { RISK_TIERS, type RiskTier } from '@baton/contracts';

import type { Path } from '../file/yaml-source.js';
import { schemaFaults } from '../json-schema.js';
import type { JsonSchemaObject, RiskRule } from '../workflow.js';
import type { WorkflowCatalog } from './catalog.js';
import type { ExpressionCompiler, Site } from './expression-compiler.js';
import type { Problems } from './problems.js';

/** What it takes to make a node of the file into one that runs. */
export interface NodeCompilation {
  readonly expressions: ExpressionCompiler;
  readonly problems: Problems;
  readonly catalog: WorkflowCatalog;
}

/** The part of a node's file that places it in the graph; an item of a map has none. */
export interface DependentFile {
  readonly needs?: readonly string[];
  readonly when?: string | undefined;
}

export const dependent = (
  id: string,
  file: DependentFile,
  path: Path,
  site: Site,
  { expressions }: NodeCompilation,
) => ({
  id,
  needs: file.needs ?? [],
  when: file.when === undefined ? null : expressions.expression(file.when, [...path, 'when'], site),
});

export const worked = (
  id: string,
  file: DependentFile & {
    readonly retry: { attempts: number; backoff: number };
    readonly timeout: number;
  },
  path: Path,
  site: Site,
  compilation: NodeCompilation,
) => ({
  ...dependent(id, file, path, site, compilation),
  retry: { attempts: file.retry.attempts, backoff_ms: file.retry.backoff },
  timeout_ms: file.timeout,
});

/** A tier as it is, anything else as an expression. */
export const compileRisk = (
  source: string,
  path: Path,
  site: Site,
  expressions: ExpressionCompiler,
): RiskRule | null => {
  if ((RISK_TIERS as readonly string[]).includes(source.trim()))
    return { kind: 'tier', tier: source.trim() as RiskTier };
  const expression = expressions.expression(source, path, { ...site, extra: ['args'] });
  return expression && { kind: 'score', expression };
};

/** Reports what is wrong with a JSON Schema, at the place in it. */
export const checkSchema = (schema: JsonSchemaObject | undefined, path: Path, problems: Problems): void => {
  for (const fault of schema ? schemaFaults(schema) : [])
    problems.at([...path, ...fault.path], `is not a JSON Schema that can be used: ${fault.message}`);
};

/** Complains of a tool that nobody knows. */
export const checkTool = (tool: string, path: Path, { catalog, problems }: NodeCompilation): void => {
  if (!catalog.tools.has(tool)) problems.at(path, `There is no tool "${tool}"`);
};

export const unknownModel = (model: string): string =>
  `"${model}" is no model: give fast, smart, embedding or provider/model, the provider being openai, anthropic, offline or tier`;
