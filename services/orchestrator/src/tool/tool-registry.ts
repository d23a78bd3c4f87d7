import type { ToolView } from '@baton/contracts';

import { schemaFaults } from '../workflow/json-schema.js';
import type { Tool } from './tool.js';

/** Every tool that a workflow may name. */
export class ToolRegistry {
  private readonly tools = new Map<string, Tool>();

  /** @throws Error where two tools share a name, or a tool's schema is none: a fault in the code, found at start */
  constructor(tools: readonly Tool[]) {
    for (const tool of tools) {
      if (this.tools.has(tool.name)) throw new Error(`There are two tools ${tool.name}`);
      const [fault] = schemaFaults(tool.inputSchema);
      if (fault) throw new Error(`The input schema of ${tool.name} is none: ${fault.message}`);
      this.tools.set(tool.name, tool);
    }
  }

  find(name: string): Tool | undefined {
    return this.tools.get(name);
  }

  names(): ReadonlySet<string> {
    return new Set(this.tools.keys());
  }

  /** As `GET /api/v1/tools` shows them, by name. */
  list(): ToolView[] {
    return [...this.tools.values()]
      .map((tool) => ({
        name: tool.name,
        source: tool.source,
        description: tool.description,
        input_schema: { ...tool.inputSchema },
        risk_tier: tool.riskTier,
        connected: true,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
