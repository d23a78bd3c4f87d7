import { AskedList } from '../source/asked-list.js';
import { secretOf } from '../source/environment.js';
import type { ComposioSourceFile } from '../source/source-file.schema.js';
import type { SourcePorts } from '../source/source-ports.js';
import { listSource, type ToolSource } from '../tool-source.js';
import { ComposioAccount } from './composio-account.js';
import { composioTools } from './composio-tools.js';

/** A catalogue grows by the week, not by the minute. */
const FRESH_FOR_MS = 600_000;

/**
 * The tools of some of Composio's toolkits.
 * @throws ToolError `not-configured` where its key is not set
 */
export const composioSource = async (file: ComposioSourceFile, ports: SourcePorts): Promise<ToolSource> => {
  const apiKey = secretOf(ports.environment, file.api_key.env);
  const account = new ComposioAccount(file.source, apiKey, file.base_url);
  const list = new AskedList(
    async () => {
      const tools = composioTools(
        await account.catalogue(file.toolkits),
        file,
        { account, apiKey },
        (tool, why) => ports.observer.toolRefused(file.source, tool, why),
      );
      ports.observer.ready(file.source, tools.length);
      return tools;
    },
    FRESH_FOR_MS,
    (error) => ports.observer.trouble(file.source, error),
  );
  void list.items();
  return Promise.resolve(listSource(file, 'composio', list));
};
