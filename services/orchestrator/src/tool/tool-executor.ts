import type { NodeScope } from './node-scope.js';
import type { ToolOutcome, ToolRequest } from './tool-outcome.js';

/** The one door through which every tool call of every node and agent goes. */
export interface ToolExecutor {
  /**
   * Runs calls in their order, reads that stand together at once. Ends behind the first call that did not
   * run for its risk or is unsettled: there are as many outcomes as calls were looked at.
   * @throws BatonError of the journal, `cancelled`, or what left a side effect's outcome open: the node's retry
   *   then repeats it with the same idempotency key
   */
  execute(requests: readonly ToolRequest[], scope: NodeScope): Promise<ToolOutcome[]>;
}
