import type { AskedList } from './source/asked-list.js';
import { type Tool, type ToolContext, ToolError } from './tool.js';

/** Where tools come from that are not built in: an API, an MCP server. Its tools are called `<source>.<name>`. */
export interface ToolSource {
  readonly name: string;
  /** Whether a tenant may use it at all. */
  serves(tenantId: string): boolean;
  /**
   * The tools as they are known now. A source that has to ask for them waits for its first answer, but not long, and
   * not again where it got none.
   */
  tools(tenantId: string): Promise<readonly Tool[]>;
  /** Whether a workflow may name this tool of it; true too where nobody can say, because the source is out of reach. */
  mayHave(toolName: string): boolean;
  /**
   * For a tool that nobody can look up now, because the source was never reached: it says so when it is called.
   * Undefined where the source is known not to have it.
   */
  standIn(toolName: string, tenantId: string): Tool | undefined;
  /** Ends what it has open: connections, child processes. */
  close(): Promise<void>;
}

/** The part of a tool's name that says where it comes from. */
export const sourceNameOf = (toolName: string): string =>
  toolName.slice(0, Math.max(toolName.indexOf('.'), 0));

/** A source whose tools are a list that was read or is asked for. */
export const listSource = (file: SourceOfTools, kind: Tool['source'], list: AskedList<Tool>): ToolSource => ({
  name: file.source,
  serves: servesOf(file),
  tools: () => list.items(),
  mayHave: (name) => !list.isKnown || list.latest.some((tool) => tool.name === name),
  standIn: (name) => (list.isKnown ? undefined : standInTool(name, file, kind)),
  close: () => Promise.resolve(),
});

interface SourceOfTools {
  readonly source: string;
  readonly timeout: number;
  readonly tenants?: readonly string[] | undefined;
}

/** Says that its source can not be reached, or what `first` has to say before that. It does nothing, so it is LOW. */
export const standInTool = (
  name: string,
  { source, timeout }: SourceOfTools,
  kind: Tool['source'],
  first?: (context: ToolContext) => Promise<unknown>,
): Tool => ({
  name,
  description: `A tool of ${source}, which can not be reached at the moment`,
  source: kind,
  inputSchema: { type: 'object' },
  riskTier: 'LOW',
  timeoutMs: timeout,
  idempotency: 'safe',
  sees: [],
  isConnected: () => Promise.resolve(false),
  run: async (_args, context) => {
    await first?.(context);
    throw new ToolError('unavailable', `${source}, which has this tool, can not be reached`, true);
  },
});

export const servesOf = ({ tenants }: { readonly tenants?: readonly string[] | undefined }) => {
  const served = tenants && new Set(tenants);
  return (tenantId: string): boolean => served?.has(tenantId) ?? true;
};
