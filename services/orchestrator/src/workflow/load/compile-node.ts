import type { NodeFile } from '../file/node.schema.js';
import type { Path } from '../file/yaml-source.js';
import type { WorkflowNode } from '../workflow.js';
import { compileApproval, compileBranch, compileMap, compileSink } from './compile-flow.js';
import type { NodeCompilation } from './compile-parts.js';
import { compileAgent, compileTool, compileTransform } from './compile-work.js';
import type { Site } from './expression-compiler.js';

/**
 * Makes a node of the file into one that runs.
 * @param items nodes that stand in the file only for a map to run them
 */
export const compileNode = (
  id: string,
  file: NodeFile,
  items: ReadonlyMap<string, NodeFile>,
  compilation: NodeCompilation,
): WorkflowNode => {
  const path: Path = ['nodes', id];
  const site: Site = { node: id };
  switch (file.type) {
    case 'agent':
      return compileAgent(id, file, path, site, compilation);
    case 'tool':
      return compileTool(id, file, path, site, compilation);
    case 'transform':
      return compileTransform(id, file, path, site, compilation);
    case 'branch':
      return compileBranch(id, file, path, site, compilation);
    case 'map':
      return compileMap(id, file, items, compilation);
    case 'approval':
      return compileApproval(id, file, path, site, compilation);
    case 'sink':
      return compileSink(id, file, path, site, compilation);
  }
};
