import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { LoadError } from '../../workflow/load/problems.js';
import type { ToolRegistry } from '../tool-registry.js';
import type { ToolSource } from '../tool-source.js';
import { readSourceFile } from './read-source-file.js';
import type { SourceFile } from './source-file.schema.js';
import type { SourcePorts } from './source-ports.js';

/** Hears what became of the folder's files. */
export interface SourcesObserver {
  loaded(source: { readonly file: string; readonly name: string; readonly type: string }): void;
  refused(file: string, errors: readonly LoadError[]): void;
}

const YAML = /\.ya?ml$/;

/**
 * Adds the sources that a folder's files describe, one each. A file that is wrong is refused with line and column, and
 * the others are loaded all the same; where there is no folder there are no sources.
 */
export const loadToolSources = async (
  folder: string,
  registry: ToolRegistry,
  ports: SourcePorts,
  observer: SourcesObserver,
): Promise<void> => {
  for (const file of await yamlFiles(folder)) {
    const read = readSourceFile(await readFile(join(folder, file), 'utf8'));
    if (!read.ok) {
      observer.refused(file, read.errors);
      continue;
    }
    const { ok, problems } = read;
    const { connection } = credentialNames(ok);
    if (registry.takenSourceNames.has(ok.source))
      problems.at(['source'], `"${ok.source}" is the name of other tools: theirs would be called the same`);
    if (connection !== undefined && ports.connections?.providers.has(connection) !== true)
      problems.at(['auth', 'connection'], `There is no provider "${connection}"`);
    if (!problems.any)
      try {
        registry.add(await sourceOf(ok, folder, ports));
        observer.loaded({ file, name: ok.source, type: ok.type });
      } catch (error) {
        problems.at([ok.type === 'openapi' ? 'document' : 'type'], (error as Error).message);
      }
    if (problems.any) observer.refused(file, problems.errors);
  }
};

/** The names of a folder's sources, for whoever checks a workflow without running one. */
export const sourceNamesIn = async (folder: string): Promise<ReadonlySet<string>> => {
  const names = new Set<string>();
  for (const file of await yamlFiles(folder)) {
    const { ok } = readSourceFile(await readFile(join(folder, file), 'utf8'));
    if (ok) names.add(ok.source);
  }
  return names;
};

const yamlFiles = async (folder: string): Promise<string[]> => {
  try {
    return (await readdir(folder)).filter((file) => YAML.test(file)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

const credentialNames = (file: SourceFile): { readonly connection?: string } =>
  'auth' in file && file.auth && 'connection' in file.auth ? { connection: file.auth.connection } : {};

/** Each kind with its libraries only where it is used: they take memory and time to load. */
const sourceOf = async (file: SourceFile, folder: string, ports: SourcePorts): Promise<ToolSource> => {
  switch (file.type) {
    case 'openapi':
      return (await import('../openapi/openapi-source.js')).openApiSource(file, folder, ports);
    case 'mcp':
      return (await import('../mcp/mcp-source.js')).mcpSource(file, folder, ports);
    case 'composio':
      return (await import('../composio/composio-source.js')).composioSource(file, ports);
  }
};
