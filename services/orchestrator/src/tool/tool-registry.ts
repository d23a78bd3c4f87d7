import type { ToolView } from '@baton/contracts';

import type { Tool } from './tool.js';
import { toolSchemaFault } from './tool-schema.js';
import { sourceNameOf, type ToolSource } from './tool-source.js';

/** Every tool that a workflow may name: the built-in ones, and those of the sources that were configured. */
export class ToolRegistry {
  private readonly builtin = new Map<string, Tool>();
  private readonly sources = new Map<string, ToolSource>();

  /** @throws Error where two tools share a name, or a tool's schema is none: a fault in the code, found at start */
  constructor(tools: readonly Tool[]) {
    for (const tool of tools) {
      if (this.builtin.has(tool.name)) throw new Error(`There are two tools ${tool.name}`);
      const fault = toolSchemaFault(tool.inputSchema);
      if (fault !== undefined) throw new Error(`The input schema of ${tool.name} is none: ${fault}`);
      this.builtin.set(tool.name, tool);
    }
  }

  /** The names that no source may have. */
  get takenSourceNames(): ReadonlySet<string> {
    return new Set([...[...this.builtin.keys()].map(sourceNameOf), ...this.sources.keys()]);
  }

  /** @throws Error where the name is taken */
  add(source: ToolSource): void {
    if (this.takenSourceNames.has(source.name)) throw new Error(`There are two sources ${source.name}`);
    this.sources.set(source.name, source);
  }

  /** The tool by this name, where the tenant has it. */
  async find(name: string, tenantId: string): Promise<Tool | undefined> {
    const builtin = this.builtin.get(name);
    if (builtin) return builtin;
    const source = this.sources.get(sourceNameOf(name));
    if (!source?.serves(tenantId)) return undefined;
    const tools = await source.tools(tenantId);
    return tools.find((tool) => tool.name === name) ?? source.standIn(name, tenantId);
  }

  /** Whether a workflow may name it. What is out of reach now may be there when the workflow runs. */
  has(name: string): boolean {
    return this.builtin.has(name) || (this.sources.get(sourceNameOf(name))?.mayHave(name) ?? false);
  }

  /** As `GET /api/v1/tools` shows a tenant its own, by name. */
  async list(tenantId: string): Promise<ToolView[]> {
    const sources = [...this.sources.values()].filter((source) => source.serves(tenantId));
    const lists = await Promise.all(sources.map((source) => source.tools(tenantId)));
    const views = await Promise.all(
      [...this.builtin.values(), ...lists.flat()].map(async (tool) => ({
        name: tool.name,
        source: tool.source,
        description: tool.description,
        input_schema: { ...tool.inputSchema },
        risk_tier: tool.riskTier,
        connected: await isConnected(tool, tenantId),
      })),
    );
    return views.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async close(): Promise<void> {
    await Promise.all([...this.sources.values()].map((source) => source.close()));
  }
}

/** Who can't be asked is not connected. */
const isConnected = async (tool: Tool, tenantId: string): Promise<boolean> => {
  try {
    return (await tool.isConnected?.(tenantId)) ?? true;
  } catch {
    return false;
  }
};
