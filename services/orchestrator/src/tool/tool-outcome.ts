import type { ActionRequest } from './approval-needed.js';

/** One call of a tool, by an agent or a tool node. */
export interface ToolRequest {
  /** Unique in its node: `<id>` of the model's call, or the node's try. */
  readonly callId: string;
  readonly tool: string;
  /** As it came: nothing was checked yet. */
  readonly args: unknown;
  /** Why it is asked for, in the agent's own words. */
  readonly reason?: string | null;
}

export type ToolOutcome =
  /** JSON-safe and capped; `value` says so where it was cut. */
  | {
      readonly kind: 'result';
      readonly value: unknown;
      /** The arguments as a person made them, where they differ from those that were asked for. */
      readonly editedArgs?: unknown;
    }
  /** Unknown tool, bad arguments, or the tool's own no: whoever called is told and may do better. */
  | { readonly kind: 'error'; readonly error: { readonly code: string; readonly message: string } }
  /** Its connection is missing or dead, which no other call can mend: people connect it again, and say so. */
  | {
      readonly kind: 'disconnected';
      readonly error: { readonly code: string; readonly message: string };
      /** What they are asked. */
      readonly reconnect: ActionRequest;
    }
  /** Began once and nobody knows whether it was done: a person has to look. */
  | { readonly kind: 'unsettled'; readonly note: string };
