import type { AskedList } from './source/asked-list.js';
import type { Tool } from './tool.js';

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
  /** Ends what it has open: connections, child processes. */
  close(): Promise<void>;
}

/** The part of a tool's name that says where it comes from. */
export const sourceNameOf = (toolName: string): string =>
  toolName.slice(0, Math.max(toolName.indexOf('.'), 0));

/** A source whose tools are a list that was read or is asked for. */
export const listSource = (
  file: { readonly source: string; readonly tenants?: readonly string[] | undefined },
  list: AskedList<Tool>,
): ToolSource => ({
  name: file.source,
  serves: servesOf(file),
  tools: () => list.items(),
  mayHave: (name) => !list.isKnown || list.latest.some((tool) => tool.name === name),
  close: () => Promise.resolve(),
});

export const servesOf = ({ tenants }: { readonly tenants?: readonly string[] | undefined }) => {
  const served = tenants && new Set(tenants);
  return (tenantId: string): boolean => served?.has(tenantId) ?? true;
};
