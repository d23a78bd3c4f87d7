import type { Expression } from '../workflow/expression/expression.js';
import type { ApprovalPolicy } from '../workflow/workflow.js';
import type { RunJournal } from './run-journal.port.js';

/** Where a tool or an agent runs: one node of one run. */
export interface NodeScope {
  readonly tenantId: string;
  readonly runId: string;
  /** An item of a map has an id of its own, such as `each[3]`. */
  readonly nodeId: string;
  /** Null standalone. */
  readonly conversationId: string | null;
  readonly customerId: string | null;
  readonly workflow: { readonly name: string; readonly version: number };
  /** What this node may call; anything else is unknown to it. */
  readonly tools: readonly string[];
  /** By tool name; a tool without one goes by its own tier. */
  readonly approvals: ReadonlyMap<string, ApprovalPolicy>;
  /** A policy's score for these arguments; any value or error, for it is judged by whoever asks. */
  readonly riskScore: (expression: Expression, args: unknown) => Promise<unknown>;
  /** Keys the digests of actions that people decide on. */
  readonly digestKey: Buffer;
  /** Called between two rounds of an agent; throws where the run is to stand still there. */
  readonly boundary?: () => void;
  readonly journal: RunJournal;
  /** Aborts at the node's timeout and when the run is cancelled or lost. */
  readonly signal: AbortSignal;
}
