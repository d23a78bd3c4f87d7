import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { exchange, type OutboundGuard } from '@baton/service';

import { AskedList } from '../source/asked-list.js';
import type { SourcePorts } from '../source/source-ports.js';
import { credentialsOf } from '../source/credentials.js';
import type { OpenApiSourceFile } from '../source/source-file.schema.js';
import { isChosen } from '../source/tool-naming.js';
import type { Tool } from '../tool.js';
import { listSource, type ToolSource } from '../tool-source.js';
import { OpenApiDocument } from './openapi-document.js';
import { openApiTool } from './openapi-tool.js';
import { readOperations } from './operation.js';

const LARGEST_DOCUMENT_BYTES = 32 * 1024 * 1024;
const DOCUMENT_TIMEOUT_MS = 30_000;
/** One that came by URL may be another tomorrow. */
const FRESH_FOR_MS = 3_600_000;

/**
 * The operations of an API as tools. A document of the folder is read now, and what is wrong with it said now; one by
 * URL is asked for when it is needed.
 * @throws Error where the document can not be used
 */
export const openApiSource = async (
  file: OpenApiSourceFile,
  folder: string,
  ports: SourcePorts,
): Promise<ToolSource> => {
  const isRemote = /^https?:\/\//.test(file.document);
  const read = async (): Promise<Tool[]> => {
    const text = isRemote
      ? await fetched(file.document, ports.guard)
      : await readFile(resolve(folder, file.document), 'utf8');
    return toolsOf(OpenApiDocument.read(text), file, ports);
  };
  const list = new AskedList(read, isRemote ? FRESH_FOR_MS : Infinity, (error) =>
    ports.observer.trouble(file.source, error),
  );
  if (isRemote) void list.items();
  else list.set(await read());
  return listSource(file, 'http', list);
};

const toolsOf = (document: OpenApiDocument, file: OpenApiSourceFile, ports: SourcePorts): Tool[] => {
  const { operations, refused } = readOperations(document);
  const chosen = operations.filter(({ name }) => isChosen(name, file));
  const unknown = [...Object.keys(file.tools), ...(file.include ?? []), ...(file.exclude ?? [])].find(
    (name) => !operations.some((operation) => operation.name === name),
  );
  if (unknown !== undefined)
    throw new Error(
      `it has no operation "${unknown}"${refused.map(({ title, why }) => `; ${title}: ${why}`).join('')}`,
    );
  for (const { title, why } of refused) ports.observer.toolRefused(file.source, title, why);
  const credentials = credentialsOf(file.auth, ports.environment, ports.connections);
  return chosen.map((operation) =>
    openApiTool(operation, serverOf(operation.server ?? document.serverUrl(), file), file, {
      guard: ports.guard,
      credentials,
    }),
  );
};

const serverOf = (ofDocument: string | undefined, { server, document }: OpenApiSourceFile): string => {
  // A relative server is one beside the document.
  const base = URL.canParse(document) ? document : undefined;
  const url = server ?? (ofDocument === undefined ? undefined : URL.parse(ofDocument, base)?.href);
  if (url === undefined || !/^https?:/.test(url))
    throw new Error('it does not say where its server is: give the server here');
  return url;
};

const fetched = async (url: string, guard: OutboundGuard): Promise<string> => {
  const { status, body, truncated } = await exchange(
    await guard.target(url),
    { method: 'GET', headers: { accept: 'application/json, application/yaml' }, body: null },
    AbortSignal.timeout(DOCUMENT_TIMEOUT_MS),
    LARGEST_DOCUMENT_BYTES,
  );
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  if (truncated) throw new Error(`${url} is larger than ${LARGEST_DOCUMENT_BYTES} bytes`);
  return body.toString('utf8');
};
