import './quiet-sdk.js';

import { Composio } from '@composio/core';

import { ReconnectNeededError } from '../../connection/reconnect-needed.error.js';
import type { ComposioSourceFile } from '../source/source-file.schema.js';

export type ComposioTool = Awaited<ReturnType<Composio['tools']['getRawComposioTools']>>[number];

/** The most that Composio lists at once; no toolkit has as many. */
const MOST_TOOLS = 1000;
/** How long an answer about a tenant's connection is good. */
const CONNECTED_FOR_MS = 30_000;
const NOT_CONNECTED_FOR_MS = 2000;

/** What Composio has for us: its catalogue, who is connected, and the execution of tools. A tenant is a user of it. */
export class ComposioAccount {
  private readonly client: Composio;
  private readonly connections = new Map<
    string,
    { readonly isActive: Promise<boolean>; readonly until: number }
  >();

  constructor(
    private readonly source: string,
    apiKey: string,
    baseUrl: ComposioSourceFile['base_url'],
  ) {
    this.client = new Composio({
      apiKey,
      ...(baseUrl !== undefined && { baseURL: baseUrl }),
      // Nobody but Composio's API is told of what we do, and no file of ours goes anywhere because a model named it.
      allowTracking: false,
      disableVersionCheck: true,
      dangerouslyAllowAutoUploadDownloadFiles: false,
    });
  }

  /** Every tool of some toolkits. @throws Error where there are more than can be listed */
  async catalogue(toolkits: readonly string[]): Promise<ComposioTool[]> {
    const lists = await Promise.all(
      toolkits.map((toolkit) =>
        this.client.tools.getRawComposioTools({ toolkits: [toolkit], limit: MOST_TOOLS }),
      ),
    );
    const cut = lists.findIndex((list) => list.length >= MOST_TOOLS);
    if (cut !== -1) throw new Error(`${toolkits[cut] ?? ''} has more tools than Composio lists at once`);
    return lists.flat();
  }

  /** Asked once for all the tools of a toolkit. */
  isConnected(tenantId: string, toolkit: string): Promise<boolean> {
    const key = `${tenantId}/${toolkit}`;
    const known = this.connections.get(key);
    if (known && known.until > performance.now()) return known.isActive;
    const isActive = this.client.connectedAccounts
      .list({ userIds: [tenantId], toolkitSlugs: [toolkit], statuses: ['ACTIVE'], limit: 1 })
      .then(({ items }) => items.length > 0);
    const remember = (forMs: number): void =>
      void this.connections.set(key, { isActive, until: performance.now() + forMs });
    remember(CONNECTED_FOR_MS);
    // Whoever is not connected yet may be in a moment.
    isActive.then(
      (is) => !is && remember(NOT_CONNECTED_FOR_MS),
      () => this.connections.delete(key),
    );
    return isActive;
  }

  /** The no that hands over, with the page on which a person can connect the toolkit for this tenant. */
  async connectionNeeded(
    tenantId: string,
    toolkit: string,
    signal: AbortSignal,
  ): Promise<ReconnectNeededError> {
    this.connections.delete(`${tenantId}/${toolkit}`);
    const request = await this.client.toolkits.authorize(tenantId, toolkit, undefined, { signal });
    const page = request.redirectUrl ? `: it is connected at ${request.redirectUrl}` : '';
    return new ReconnectNeededError(
      'not-connected',
      `${this.source}:${toolkit}`,
      request.id,
      `${toolkit} is not connected through Composio${page}`,
    );
  }

  execute(
    tool: ComposioTool,
    { tenantId, args, signal }: { tenantId: string; args: Record<string, unknown>; signal: AbortSignal },
  ): ReturnType<Composio['tools']['execute']> {
    return this.client.tools.execute(
      tool.slug,
      {
        userId: tenantId,
        arguments: args,
        // The version whose schema the arguments were held against.
        ...(tool.version === undefined ? { dangerouslySkipVersionCheck: true } : { version: tool.version }),
      },
      { signal },
    );
  }
}
