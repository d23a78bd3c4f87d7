import {
  GEN_AI,
  GEN_AI_OPERATIONS,
  type Guards,
  isTrouble,
  spanned,
  type SpanSettings,
  withRetries,
} from '@baton/service';

import { hasSideEffect, type Tool, type ToolArguments, ToolError } from './tool.js';

/** Calls that one tenant has under way at one dependency of one tool, in this process. */
const CALLS_AT_ONCE = 16;
const CALLS_WAITING = 64;
const PATIENCE_MS = 5000;
/** Of a call that changes nothing, where it got no answer: a connection that broke is no reason to do without. */
const READ_ATTEMPTS = 2;

export interface GuardedTool {
  readonly tool: Tool;
  readonly args: ToolArguments;
  readonly tenantId: string;
}

/** Stands before every run of a tool. */
export interface ToolGuards {
  /** @throws RefusedError where the tool was not run; what `work` throws */
  run<T>(call: GuardedTool, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>;
}

/**
 * A second try for reads, a bulkhead and a breaker for each tenant at each host (or whatever else a tool depends on): a host that is down
 * costs nobody its time-outs, and one tenant's broken host is no other tenant's matter.
 */
export const toolGuards = (guards: Guards): ToolGuards => ({
  run: <T>(
    { tool, args, tenantId }: GuardedTool,
    work: () => Promise<T>,
    signal: AbortSignal | undefined,
  ) => {
    const family = guards.family(`tool ${tool.name}`, {
      limit: CALLS_AT_ONCE,
      queue: CALLS_WAITING,
      patienceMs: PATIENCE_MS,
      breaker: { isFailure },
    });
    const target = tool.dependency?.(args);
    const key = target === undefined ? tenantId : `${tenantId}, ${target}`;
    const traced = (): Promise<T> => spanned(`${GEN_AI_OPERATIONS.tool} ${tool.name}`, spanOf(tool), work);
    const guarded = (): Promise<T> => family.run(key, traced, { signal, isTroubled: tool.isTroubled });
    if (hasSideEffect(tool, args)) return guarded();
    const withinMs = tool.timeoutMs;
    return withRetries(guarded, { attempts: READ_ATTEMPTS, withinMs, signal, isPassing: isFailure });
  },
});

const spanOf = ({ name }: Tool): SpanSettings => ({
  attributes: { [GEN_AI.operation]: GEN_AI_OPERATIONS.tool, [GEN_AI.tool]: name },
});

/** Tools that run as they come. */
export const UNGUARDED: ToolGuards = { run: (_call, work) => work() };

const isFailure = (error: unknown): boolean =>
  error instanceof ToolError ? error.isTrouble : isTrouble(error);
