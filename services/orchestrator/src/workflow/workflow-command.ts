import { readFile, writeFile } from 'node:fs/promises';

import { AGENTS } from '../agent/agents.js';
import { BUILTIN_TOOL_NAMES } from '../tool/builtin/builtin-tool-names.js';
import { sourceNamesIn } from '../tool/source/tool-sources.js';
import { sourceNameOf } from '../tool/tool-source.js';
import { isModelName, type WorkflowCatalog } from './load/catalog.js';
import type { LoadError } from './load/problems.js';
import { loadWorkflow } from './load-workflow.js';
import { toMermaid } from './mermaid.js';
import { workflowJsonSchema } from './workflow-json-schema.js';

const USAGE = `npm run workflow -- validate <file>…   says what is wrong, with line and column
npm run workflow -- graph <file>       prints the workflow as a Mermaid flowchart
npm run workflow -- schema [<file>]    prints the JSON Schema for editors, or writes it
npm run workflow -- run <file>         runs it on the Baton that is up (--message <text>, --input <json>)
`;

/** What a source of this folder has nobody knows who does not ask it: that it is the source's has to do. */
const catalogHere = async (): Promise<WorkflowCatalog> => {
  const sources = await sourceNamesIn(process.env['BATON_TOOLS_DIR'] ?? 'config/tools');
  return {
    tools: { has: (name) => BUILTIN_TOOL_NAMES.has(name) || sources.has(sourceNameOf(name)) },
    agents: new Set(AGENTS.keys()),
    knowsModel: isModelName,
  };
};

/** Where a command speaks: what was asked for, and what is wrong. */
export interface Voice {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

const told = (file: string, { line, column, path, message }: LoadError): string =>
  `${file}:${line}:${column}: ${path}: ${message}\n`;

/**
 * `npm run workflow -- …`
 * @returns the exit code: 0 where all is well, 1 where a file is not valid, 2 where nobody knows what is wanted
 */
export const workflowCommand = async (
  [command, ...files]: readonly string[],
  { print, complain }: Voice,
): Promise<number> => {
  if (command === 'schema' && files.length <= 1) {
    const [file] = files;
    if (file === undefined) print(workflowJsonSchema());
    else await writeFile(file, workflowJsonSchema());
    return 0;
  }
  const isKnown = command === 'validate' ? files.length > 0 : command === 'graph' && files.length === 1;
  if (!isKnown) {
    complain(USAGE);
    return 2;
  }
  const catalog = await catalogHere();
  let isValid = true;
  for (const file of files) {
    const { ok, errors } = loadWorkflow(await readFile(file, 'utf8'), catalog);
    if (errors) {
      isValid = false;
      for (const error of errors) complain(told(file, error));
    } else print(command === 'graph' ? toMermaid(ok) : `${file}: ${ok.name} is valid\n`);
  }
  return isValid ? 0 : 1;
};
