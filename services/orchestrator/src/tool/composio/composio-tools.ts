import { ComposioConnectedAccountNotFoundError } from '@composio/core';

import { foreignSchema } from '../source/foreign-schema.js';
import { redact } from '../source/redact.js';
import type { ComposioSourceFile } from '../source/source-file.schema.js';
import { describedAs, isChosen, nameIn, ownName } from '../source/tool-naming.js';
import { type Tool, ToolError } from '../tool.js';
import type { ComposioAccount, ComposioTool } from './composio-account.js';

export interface ComposioPeer {
  readonly account: ComposioAccount;
  readonly apiKey: string;
}

/** A catalogue as our tools. What can't be used is told and left out, the rest is there. */
export const composioTools = (
  catalogue: readonly ComposioTool[],
  file: ComposioSourceFile,
  peer: ComposioPeer,
  refused: (tool: string, why: string) => void,
): Tool[] => {
  const tools = new Map<string, Tool>();
  for (const each of catalogue) {
    const name = ownName(each.slug);
    if (!isChosen(name, file)) continue;
    try {
      if (tools.has(name)) throw new Error('another tool of this catalogue is called the same');
      tools.set(name, composioTool(each, name, file, peer));
    } catch (error) {
      refused(each.slug, (error as Error).message);
    }
  }
  return [...tools.values()];
};

const composioTool = (
  listed: ComposioTool,
  name: string,
  file: ComposioSourceFile,
  { account, apiKey }: ComposioPeer,
): Tool => {
  const settings = file.tools[name] ?? {};
  const toolkit = listed.toolkit?.slug;
  const needsConnection = toolkit !== undefined && listed.isNoAuth !== true;
  return {
    name: nameIn(file.source, name),
    description: settings.description ?? describedAs(listed.name, listed.description),
    source: 'composio',
    inputSchema: foreignSchema(listed.inputParameters, { withoutPatterns: true }),
    riskTier: settings.risk ?? file.risk,
    timeoutMs: settings.timeout ?? file.timeout,
    idempotency: settings.idempotency ?? 'unknown',
    sees: [],
    isConnected: (tenantId) =>
      needsConnection ? account.isConnected(tenantId, toolkit) : Promise.resolve(true),
    run: async (args, { tenantId, signal }) => {
      // Before the tool itself, so that nothing was done where it fails.
      if (needsConnection && !(await before(account.isConnected(tenantId, toolkit))))
        throw await before(account.connectionNeeded(tenantId, toolkit, signal));
      try {
        const { data, error, successful } = await account.execute(listed, {
          tenantId,
          args: { ...args },
          signal,
        });
        if (!successful) throw new ToolError('composio-error', redact(error ?? 'It failed', [apiKey]));
        return redact(data, [apiKey]);
      } catch (error) {
        if (toolkit !== undefined && error instanceof ComposioConnectedAccountNotFoundError)
          throw await before(account.connectionNeeded(tenantId, toolkit, signal));
        throw refusal(error, apiKey) ?? error;
      }
    },
  };
};

/** What comes before the call: where it fails, surely nothing was done. */
const before = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw new ToolError('unavailable', `Composio does not answer: ${(error as Error).name}`, true);
  });

/** Composio looked at the call and refused it; anything else leaves the outcome open. */
const refusal = (error: unknown, apiKey: string): ToolError | undefined => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { status } = cause as { readonly status?: unknown };
    if (typeof status === 'number' && status >= 400 && status < 500)
      return new ToolError('composio-error', redact(cause.message, [apiKey]), status === 429);
  }
  return undefined;
};
