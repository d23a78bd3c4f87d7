import type { RunEvent } from '@baton/contracts';

import type { Agent, AgentContext, AgentPorts } from '../agent/agent.js';
import type { ExpressionEngine } from '../workflow/expression/expression-engine.js';
import type { Workflow } from '../workflow/workflow.js';
import type { Tool } from '../tool/tool.js';
import type { PauseRequests } from './pause-requests.js';
import type { RunAppender } from './run-log.js';
import type { ConversationScope } from './run-scope.js';
import type { RunningRun } from './run.state.js';

/** Time as the runtime needs it. */
export interface RunClock {
  nowIso(): string;
  /** Monotonic milliseconds. */
  elapsed(): number;
  /** Resolves after so long, or at once when the signal ends. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What a run is played with; the same for every run of a process. */
export interface RuntimePorts {
  readonly expressions: ExpressionEngine;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly agentPorts: AgentPorts;
  readonly clock: RunClock;
  /** A tool by its name, as the tenant has it. */
  readonly findTool: (name: string, tenantId: string) => Promise<Tool | undefined>;
  /** Runs with whose agents somebody wants to talk. */
  readonly pauses: Pick<PauseRequests, 'of' | 'forget'>;
  /** Keys the digests of actions that people decide on. */
  readonly digestKey: Buffer;
  /** 0–1: spreads retries. */
  readonly random: () => number;
  /** Hears of what went wrong inside a step in words that are not for callers. */
  readonly stepFailed: (failure: {
    readonly runId: string;
    readonly nodeId: string;
    readonly error: unknown;
  }) => void;
}

/** One run to be played to its end, from wherever its journal stands. */
export interface RunToPlay {
  readonly tenantId: string;
  readonly workflow: Workflow;
  readonly run: RunningRun;
  /** News that `run` counts in already, to be written with whatever is written first. */
  readonly opening?: readonly RunEvent[];
  readonly appender: RunAppender;
  /** Aborts when the run is cancelled or another worker goes on with it. */
  readonly signal: AbortSignal;
  readonly conversation: ConversationScope;
  /** What is said to the agents beside the input; null standalone. */
  readonly context: AgentContext | null;
  /** What is left of the run's time; the workflow's whole limit unless told. */
  readonly timeLeftMs?: number;
  /** Subject on which the reply is streamed while it is written; null where nobody watches. */
  readonly streamTo: string | null;
}
