import type { RiskTier, ToolView } from '@baton/contracts';

/** What a tool is called with; it has passed the tool's schema before the tool sees it. */
export type ToolArguments = Readonly<Record<string, unknown>>;

/** For whom a tool runs. */
export interface ToolContext {
  readonly tenantId: string;
  readonly runId: string;
  /** Null standalone, and for a tool that does not see it. */
  readonly conversationId: string | null;
  /** Null where nobody is known, and for a tool that does not see it. */
  readonly customerId: string | null;
  /** `run:node:call`: the same again where a call is repeated after a crash. */
  readonly idempotencyKey: string;
  /** Ends with the tool's time; of a tool without side effects with the run's cancellation too. */
  readonly signal: AbortSignal;
}

/**
 * What becomes of a call whose start is in the journal and whose end is not. `safe` changes nothing: it is simply done
 * again, and its start is not journaled. `key` takes effect once however often it is repeated with the same key: it is
 * repeated. `unknown`: nobody can say what a repetition would do, so a person has to look.
 */
export type IdempotencyPolicy = 'safe' | 'key' | 'unknown';

/** What of a run a tool may be told beside its arguments. */
export type Seen = 'conversation' | 'customer';

/** Something a workflow or an agent may do. Only {@link ToolExecutor} runs one. */
export interface Tool {
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  readonly source: ToolView['source'];
  /** JSON Schema (draft 2020-12) of the arguments. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** Holds where the workflow has no policy for the tool. */
  readonly riskTier: RiskTier;
  readonly timeoutMs: number;
  readonly idempotency: IdempotencyPolicy | ((args: ToolArguments) => IdempotencyPolicy);
  readonly sees: readonly Seen[];
  /** What this call depends on, where that differs from call to call: a host. One that fails is left alone for a while. */
  readonly dependency?: (args: ToolArguments) => string | undefined;
  /** A result which says that the dependency is in trouble: a 503. */
  readonly isTroubled?: (result: unknown) => boolean;
  /** Whether it could be used by this tenant now; of a tool that needs no connection always. */
  readonly isConnected?: (tenantId: string) => Promise<boolean>;
  /** @throws ToolError where the tool says no; anything else is a failure of ours and leaves the outcome open */
  run(args: ToolArguments, context: ToolContext): Promise<unknown>;
}

/** A tool's own no: a result like any other, told to whoever called it. */
export class ToolError extends Error {
  override readonly name = 'ToolError';

  constructor(
    /** Kebab-case. */
    readonly code: string,
    message: string,
    /** Not the tool says no: what it depends on does not answer. */
    readonly isTrouble = false,
  ) {
    super(message);
  }
}

export const idempotencyOf = (
  { idempotency }: Pick<Tool, 'idempotency'>,
  args: ToolArguments,
): IdempotencyPolicy => (typeof idempotency === 'function' ? idempotency(args) : idempotency);

/** Such a call may change something: its start is journaled before it runs. */
export const hasSideEffect = (tool: Pick<Tool, 'idempotency'>, args: ToolArguments): boolean =>
  idempotencyOf(tool, args) !== 'safe';
