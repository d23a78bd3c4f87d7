import type { ItemNodeFile } from '../file/node.schema.js';
import type { Path } from '../file/yaml-source.js';
import type { AgentNode, AgentType, ToolNode, TransformNode } from '../workflow.js';
import {
  checkSchema,
  checkTool,
  type DependentFile,
  type NodeCompilation,
  unknownModel,
  worked,
} from './compile-parts.js';
import type { Site } from './expression-compiler.js';

type FileOf<T extends ItemNodeFile['type']> = Extract<ItemNodeFile, { type: T }> & DependentFile;

export const compileAgent = (
  id: string,
  file: FileOf<'agent'>,
  path: Path,
  site: Site,
  compilation: NodeCompilation,
): AgentNode => {
  const { expressions, problems, catalog } = compilation;
  if (!catalog.agents.has(file.agent)) {
    problems.at(
      [...path, 'agent'],
      `There is no agent "${file.agent}"; there are ${[...catalog.agents].join(', ')}`,
    );
  }
  const agent = file.agent as AgentType;
  if (agent === 'simple' && file.tools)
    problems.atKey([...path, 'tools'], 'A simple agent makes one call and uses no tools: make it reasoning');
  (file.tools ?? []).forEach((tool, index) => checkTool(tool, [...path, 'tools', index], compilation));
  const model = file.model ?? (agent === 'simple' ? 'fast' : 'smart');
  if (!catalog.knowsModel(model)) problems.at([...path, 'model'], unknownModel(model));
  checkSchema(file.output, [...path, 'output'], problems);
  return {
    type: 'agent',
    agent,
    model,
    prompt: file.prompt === undefined ? null : expressions.template(file.prompt, [...path, 'prompt'], site),
    output: file.output ?? null,
    tools: file.tools ?? [],
    max_steps: file.max_steps,
    ...worked(id, file, path, site, compilation),
  };
};

export const compileTool = (
  id: string,
  file: FileOf<'tool'>,
  path: Path,
  site: Site,
  compilation: NodeCompilation,
): ToolNode => {
  checkTool(file.tool, [...path, 'tool'], compilation);
  return {
    type: 'tool',
    tool: file.tool,
    args: compilation.expressions.template(file.args, [...path, 'args'], site),
    ...worked(id, file, path, site, compilation),
  };
};

export const compileTransform = (
  id: string,
  file: FileOf<'transform'>,
  path: Path,
  site: Site,
  compilation: NodeCompilation,
): TransformNode => {
  if (file.value === undefined) compilation.problems.at([...path, 'value'], 'is missing');
  return {
    type: 'transform',
    value: compilation.expressions.value(file.value, [...path, 'value'], site),
    ...worked(id, file, path, site, compilation),
  };
};
