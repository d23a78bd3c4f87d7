import type { ToolSpec } from '@baton/contracts';

import type { NodeScope } from '../../tool/node-scope.js';
import { ToolExecutor } from '../../tool/tool-executor.js';
import type { ToolOutcome, ToolRequest } from '../../tool/tool-outcome.js';
import { ToolRegistry } from '../../tool/tool-registry.js';
import type { Tool } from '../../tool/tool.js';
import type { AgentPorts } from '../agent.js';

/** A node's tools, and one that only this agent has. */
export class OwnTools implements Pick<ToolExecutor, 'specs' | 'execute'> {
  private readonly executor: ToolExecutor;

  constructor(
    private readonly own: Tool,
    private readonly others: AgentPorts['tools'],
    private readonly onOutcome: (outcome: ToolOutcome) => void,
  ) {
    // What goes wrong with it is told to the model, with its code.
    this.executor = new ToolExecutor(new ToolRegistry([own]), { toolFailed: () => undefined });
  }

  async specs(scope: Parameters<ToolExecutor['specs']>[0]): Promise<ToolSpec[]> {
    const own = await this.executor.specs({ ...scope, tools: [this.own.name] });
    return [...own, ...(await this.others.specs(scope))];
  }

  /** As {@link ToolExecutor.execute}; what the own tool gave is in the log before anyone acts on it. */
  async execute(requests: readonly ToolRequest[], scope: NodeScope): Promise<ToolOutcome[]> {
    const outcomes: ToolOutcome[] = [];
    for (let at = 0; at < requests.length;) {
      const isOwn = this.isOwn(requests[at]);
      const end = requests.findIndex((request, index) => index > at && this.isOwn(request) !== isOwn);
      const together = requests.slice(at, end === -1 ? undefined : end);
      const done = isOwn ? await this.runOwn(together, scope) : await this.others.execute(together, scope);
      outcomes.push(...done);
      if (done.length < together.length || done.some(({ kind }) => kind !== 'result' && kind !== 'error'))
        return outcomes;
      at += together.length;
    }
    return outcomes;
  }

  /** One behind the other: each finds what the one before it left. */
  private async runOwn(requests: readonly ToolRequest[], scope: NodeScope): Promise<ToolOutcome[]> {
    const outcomes: ToolOutcome[] = [];
    for (const request of requests) {
      const [outcome] = await this.executor.execute([request], this.ownScope(scope));
      if (!outcome) break;
      this.onOutcome(outcome);
      outcomes.push(outcome);
    }
    // A program may give something else when it is run again; a model that was asked with the first is not to be
    // shown the second.
    await scope.journal.append([]);
    return outcomes;
  }

  private ownScope(scope: NodeScope): NodeScope {
    return { ...scope, tools: [this.own.name] };
  }

  private isOwn(request: ToolRequest | undefined): boolean {
    return request?.tool === this.own.name;
  }
}
