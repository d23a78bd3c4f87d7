import { backoffMs } from '@baton/bus';
import { OutboundError } from '@baton/service';
import {
  type CallToolResult,
  Client,
  type Tool as McpTool,
  type Transport,
} from '@modelcontextprotocol/client';

import { ToolError } from '../tool.js';

/** How long whoever comes first waits for a server that is being connected to. */
const PATIENCE_MS = 5000;
const CONNECT_TIMEOUT_MS = 30_000;
const HEARTBEAT_MS = 15_000;
const LONGEST_WAIT_MS = 30_000;
const MOST_TOOL_PAGES = 100;

export interface McpSessionObserver {
  trouble(error: unknown): void;
  /** Connected, or its list has changed. */
  ready(tools: readonly McpTool[]): void;
}

export interface McpCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * One connection to an MCP server: its tools as it lists them now, every page, followed when it says that they have
 * changed. A connection that breaks or no longer answers is made anew, for as long as the session is open.
 */
export class McpSession {
  private client: Client | undefined;
  private tools: readonly McpTool[] | undefined;
  private connecting: Promise<void> | undefined;
  /** Being connected: to be closed with the session, since a server may take long to answer. */
  private dialled: Client | undefined;
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly open: () => Promise<Transport>,
    private readonly observer: McpSessionObserver,
  ) {}

  get isConnected(): boolean {
    return this.client !== undefined;
  }

  /** What it listed last; undefined where it never did. */
  get latest(): readonly McpTool[] | undefined {
    return this.tools;
  }

  /** Its tools as they are known; waits for the first connection only, and not where it has just failed. */
  async list(): Promise<readonly McpTool[]> {
    if (!this.client && this.failures === 0) await patiently(this.connect());
    return this.tools ?? [];
  }

  /**
   * @throws ToolError `unavailable` where surely nothing was done; an error of the SDK where that is open; what the
   *   server refuses is an error of its own
   */
  async call({ name, args, idempotencyKey, timeoutMs, signal }: McpCall): Promise<CallToolResult> {
    const client = await this.connected();
    const params = { name, arguments: args, _meta: { 'baton/idempotency-key': idempotencyKey } };
    try {
      return await client.callTool(params, { timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal });
    } catch (error) {
      // Whether it is only this call that failed, a heartbeat tells; nobody waits for it.
      if (!signal.aborted) void this.heartbeat(client);
      if (surelyNotSent(error)) throw unreachable();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    const { client, dialled } = this;
    this.client = undefined;
    await dialled?.close().catch(() => undefined);
    await this.connecting;
    await client?.close();
  }

  private async connected(): Promise<Client> {
    if (!this.client) await patiently(this.connect());
    if (!this.client) throw unreachable();
    return this.client;
  }

  /** Never rejects: who waits for it looks at what came of it. */
  private connect(): Promise<void> {
    this.connecting ??= this.dial().finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  private async dial(): Promise<void> {
    if (this.isClosed || this.client) return;
    clearTimeout(this.timer);
    const client = new Client(
      { name: 'baton', version: '1' },
      {
        listMaxPages: MOST_TOOL_PAGES,
        listChanged: {
          tools: {
            onChanged: (error, tools) => {
              if (error) this.lost(client, error);
              else if (tools && client === this.client) this.know(tools);
            },
          },
        },
      },
    );
    this.dialled = client;
    client.onclose = () => this.lost(client, new Error('The MCP server closed the connection'));
    try {
      await client.connect(await this.open(), { timeout: CONNECT_TIMEOUT_MS });
      const { tools } = await client.listTools(undefined, { timeout: CONNECT_TIMEOUT_MS });
      if (this.isClosed) return void (await client.close());
      this.client = client;
      this.failures = 0;
      this.know(tools);
      this.later(HEARTBEAT_MS, () => void this.heartbeat(client));
    } catch (error) {
      await client.close().catch(() => undefined);
      this.failed(error);
    } finally {
      this.dialled = undefined;
    }
  }

  private know(tools: readonly McpTool[]): void {
    this.tools = tools;
    this.observer.ready(tools);
  }

  private async heartbeat(client: Client): Promise<void> {
    try {
      await client.ping({ timeout: PATIENCE_MS });
      if (client === this.client) this.later(HEARTBEAT_MS, () => void this.heartbeat(client));
    } catch (error) {
      this.lost(client, error);
      await client.close().catch(() => undefined);
    }
  }

  private lost(client: Client, error: unknown): void {
    if (client !== this.client) return;
    this.client = undefined;
    this.failed(error);
  }

  private failed(error: unknown): void {
    if (this.isClosed) return;
    this.failures += 1;
    this.observer.trouble(error);
    this.later(backoffMs(this.failures, { longestMs: LONGEST_WAIT_MS }), () => void this.connect());
  }

  private later(ms: number, work: () => void): void {
    clearTimeout(this.timer);
    if (this.isClosed) return;
    this.timer = setTimeout(work, ms);
    this.timer.unref();
  }
}

const unreachable = (): ToolError =>
  new ToolError('unavailable', 'The MCP server that has this tool can not be reached', true);

const surelyNotSent = (error: unknown): boolean => {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof OutboundError) return !cause.about.mayHaveArrived;
  return false;
};

const patiently = async (work: Promise<void>): Promise<void> => {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, PATIENCE_MS);
  await Promise.race([work, patience.promise]);
  clearTimeout(timer);
};
