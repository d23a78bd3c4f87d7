import type { Customer, FittedContext, HandoverReason, MessageRole, Usage } from '@baton/contracts';

import type { SandboxChoice } from '../sandbox/choose-sandbox.js';
import type { NodeScope } from '../tool/node-scope.js';
import type { ToolExecutor } from '../tool/tool-executor.js';
import type { ModelPort } from './model.port.js';
import type { RefusedAnswer } from './repetition-hint.js';

/** What an agent knows of the conversation it speaks in. */
export interface AgentContext {
  readonly summary: string | null;
  /** Nearest first. */
  readonly memories: readonly { readonly memory_id: string; readonly content: string }[];
  /** The latest messages before the one in question, oldest first. */
  readonly recent: readonly {
    readonly message_id: string;
    readonly role: MessageRole;
    readonly content: string;
  }[];
  /** What a human agent told the AI when the conversation came back. */
  readonly guidance: string | null;
  /** What happened while people had the conversation. */
  readonly humanSummary: string | null;
  readonly customer: Customer | null;
}

/** One agent node's work. */
export interface AgentCall {
  readonly scope: NodeScope;
  /** 1 for the node's first try: an answer that failed is asked for again under a new call id. */
  readonly retryTry: number;
  /** A tier or `provider/model`. */
  readonly model: string;
  /** The workflow's prompt, rendered. */
  readonly prompt: string | null;
  /** The customer's message, or what stands for it in the input. */
  readonly question: string;
  /** JSON Schema of the structured output. */
  readonly outputSchema: Readonly<Record<string, unknown>> | null;
  readonly maxSteps: number;
  readonly timeoutMs: number;
  /** Set where this agent has answered, and what it said must not be said again. */
  readonly refused?: RefusedAnswer | null;
  /** What people of the team and this workflow's agent said to each other while the run stood still, oldest first. */
  readonly consulted?: readonly { readonly role: 'HUMAN' | 'AGENT'; readonly content: string }[];
  /** Null standalone. */
  readonly context: AgentContext | null;
  /** Most tokens that the prompt may take: rules, task, question and context. */
  readonly contextTokens: number;
  /** Subject on which what the customer will see is streamed; null where nobody watches. */
  readonly streamTo: string | null;
}

/** One round of think, act, observe. */
export interface AgentStep {
  readonly thought: string;
  readonly actions: readonly {
    readonly tool: string;
    readonly args: unknown;
    readonly observation: unknown;
  }[];
}

/** What a person who takes over should know was tried. */
export interface TriedTool {
  readonly tool: string;
  readonly outcome: string;
}

export interface AgentResult {
  readonly text: string;
  readonly confidence: number | null;
  readonly sink: 'FINISH' | 'HANDOVER';
  /** Set with HANDOVER. */
  readonly reason: HandoverReason | null;
  readonly note: string | null;
  readonly steps: readonly AgentStep[];
  /** The structured output's fields; empty without a schema. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly usage: Usage;
  readonly tried: readonly TriedTool[];
  /** What of the conversation it was shown; absent standalone. */
  readonly fitted?: FittedContext;
}

export interface AgentPorts {
  readonly models: ModelPort;
  readonly tools: Pick<ToolExecutor, 'specs' | 'execute'>;
  /** What was found at start to run programs in; absent where nobody looks for one. */
  readonly sandbox?: () => Promise<SandboxChoice>;
}

export interface Agent {
  readonly name: string;
  readonly description: string;
  /** The tier of a node that names no model. */
  readonly defaultModel: 'fast' | 'smart';
  /** Whether a node may give it tools. */
  readonly takesTools: boolean;
  /**
   * Resolves with an answer or a decision to hand over. After a crash the same call goes on behind what the
   * journal holds.
   * @throws BatonError of the model (`budget-exceeded`, `model-unavailable`, …), of the journal, or `cancelled`
   */
  run(call: AgentCall, ports: AgentPorts): Promise<AgentResult>;
}

/** What expressions see of an agent node: `nodes.<id>`. */
export const nodeResult = (result: AgentResult): Record<string, unknown> => ({
  text: result.text,
  confidence: result.confidence,
  sink: result.sink,
  reason: result.reason,
  note: result.note,
  steps: result.steps,
  ...result.fields,
});
