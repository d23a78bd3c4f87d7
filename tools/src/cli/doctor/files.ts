import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import type { Surroundings } from '../surroundings.js';
import { type Check, failed, type Finding, ok, warning } from './check.js';

const execute = promisify(execFile);

interface Place {
  readonly variable: string;
  readonly folder: string;
}
const WORKFLOWS: Place = { variable: 'BATON_WORKFLOWS_DIR', folder: 'config/workflows' };
const TOOLS: Place = { variable: 'BATON_TOOLS_DIR', folder: 'config/tools' };
const CONNECTIONS: Place = { variable: 'BATON_CONNECTIONS_DIR', folder: 'config/connections' };
const KNOWLEDGE: Place = { variable: 'BATON_KNOWLEDGE_DIR', folder: 'config/knowledge' };
const YAML = /\.ya?ml$/;

/** The files that Baton reads when it starts, by the loaders that read them. */
export const fileChecks = (around: Surroundings): Check[] => [
  { area: 'files', name: 'workflows', look: () => workflows(around) },
  { area: 'files', name: 'tools', look: () => tools(around) },
  { area: 'files', name: 'connections', look: () => connections(around) },
  { area: 'files', name: 'knowledge', look: () => knowledge(around) },
];

const folderOf = ({ env, checkout }: Surroundings, { variable, folder }: Place): string =>
  resolve(checkout, env[variable] || folder);

const filesIn = (folder: string, pattern: RegExp): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => pattern.test(name))
        .map((name) => join(folder, name))
    : [];

/** `where:line: what`, as loaders of the orchestrator say it. */
interface PlacedError {
  readonly path?: string;
  readonly line?: number;
  readonly message: string;
}
const placed = (file: string, { path, line, message }: PlacedError): string =>
  `${file}${line === undefined ? '' : `:${line}`}: ${path === undefined ? '' : `${path} `}${message}`;

const orchestrator = (checkout: string, module: string): Promise<unknown> =>
  import(pathToFileURL(join(checkout, 'services', 'orchestrator', 'dist', module)).href);

const verdict = (count: number, errors: readonly string[], folder: string): Finding =>
  errors.length > 0
    ? failed(errors.join('; '), 'mend the lines that are named, then restart the orchestrator')
    : ok(count === 0 ? `none in ${folder}` : `${count} in ${folder}`);

const workflows = async (around: Surroundings): Promise<Finding> => {
  const folder = folderOf(around, WORKFLOWS);
  const files = filesIn(folder, YAML);
  if (files.length === 0)
    return failed(
      `there is none in ${folder}`,
      `put workflow files there, or name their folder with ${WORKFLOWS.variable}`,
    );
  const loader = join(around.checkout, 'services', 'orchestrator', 'dist', 'workflow', 'cli.js');
  try {
    await execute(process.execPath, [loader, 'validate', ...files]);
    return ok(`${files.length} in ${folder}`);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const bad = `${stdout}\n${stderr}`.split('\n').filter((line) => /error|:\d+/i.test(line));
    return failed(
      bad.slice(0, 5).join('; ') || (error as Error).message,
      'npm run baton -- workflow validate <file> says all of it',
    );
  }
};

const tools = async (around: Surroundings): Promise<Finding> => {
  const { readSourceFile } = (await orchestrator(around.checkout, 'tool/source/read-source-file.js')) as {
    readSourceFile: (yaml: string) => { readonly errors?: readonly PlacedError[] };
  };
  const folder = folderOf(around, TOOLS);
  const files = filesIn(folder, YAML);
  const errors = files.flatMap((file) =>
    (readSourceFile(readFileSync(file, 'utf8')).errors ?? []).map((error) => placed(file, error)),
  );
  return verdict(files.length, errors, folder);
};

const connections = async (around: Surroundings): Promise<Finding> => {
  const { loadProvider } = (await orchestrator(around.checkout, 'connection/provider/load-provider.js')) as {
    loadProvider: (yaml: string, env: NodeJS.ProcessEnv) => { readonly errors?: readonly PlacedError[] };
  };
  const folder = folderOf(around, CONNECTIONS);
  const files = filesIn(folder, YAML);
  const errors = files.flatMap((file) => {
    try {
      return (loadProvider(readFileSync(file, 'utf8'), around.env).errors ?? []).map((error) =>
        placed(file, error),
      );
    } catch (error) {
      // A variable that the file names and nobody has set.
      return [placed(file, error as Error)];
    }
  });
  return verdict(files.length, errors, folder);
};

const knowledge = (around: Surroundings): Finding => {
  const folder = folderOf(around, KNOWLEDGE);
  const files = filesIn(folder, /\.md$/);
  return files.length === 0
    ? warning(
        `there are no pages in ${folder}`,
        `without them the AI hands over what it does not know: ${KNOWLEDGE.variable} names the folder`,
      )
    : ok(`${files.length} pages in ${folder}`);
};
