import { type FittedContext, NO_USAGE, type StepStatus, type Usage } from '@baton/contracts';

import { addUsage } from '../conversation/usage.js';
import type { AgentThought, FinishedTool, RecordedDecision, StartedTool } from '../tool/run-journal.port.js';

/** How a node came to its end. */
export interface StepRecord {
  readonly status: StepStatus;
  readonly output: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly attempts: number;
  readonly duration_ms: number;
  /** Of the whole step, what its thoughts cost included. */
  readonly usage: Usage;
  /** What of the conversation an agent was shown. */
  readonly context?: FittedContext | undefined;
}

/** A reply that says what was said before, and the answers that it was made of: their steps are to be done again. */
export interface RefusedReply {
  readonly kind: 'exact' | 'near' | 'echo' | 'guided';
  readonly reply: string;
  /** What a person wants instead, and the draft that they say it of. */
  readonly guidance?: string | undefined;
  readonly draft_call_id?: string | undefined;
  /** By node id. */
  readonly answers: Readonly<Record<string, { readonly text: string; readonly thoughts: number }>>;
  /** What the answers cost beyond their thoughts, which stand in the journal. */
  readonly usage: Usage;
}

/** What is known of a run, whatever its status. */
export interface RunFacts {
  readonly run_id: string;
  readonly workflow: { readonly name: string; readonly version: number };
  /** The workflow's own text, where it is in no registry. */
  readonly definition?: string | undefined;
  readonly mode: 'conversation' | 'standalone';
  readonly conversation_id: string | null;
  readonly turn_number: number | null;
  /** The human agent who set it off, where one did. */
  readonly started_by?: string | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  /** How many workers have had it. */
  readonly attempt: number;
  /** How many of them took it up since anything was written. */
  readonly taken_up_in_place: number;
  /** By node id, in the order in which they ended; an item of a map is `each[3]`. */
  readonly steps: Readonly<Record<string, StepRecord>>;
  /** By node id: what its models answered, in the order of the iterations. */
  readonly thoughts: Readonly<Record<string, readonly AgentThought[]>>;
  /** By {@link toolKey}. */
  readonly tools_started: Readonly<Record<string, StartedTool>>;
  readonly tools_finished: Readonly<Record<string, FinishedTool>>;
  readonly refused: RefusedReply | null;
  /** By {@link toolKey}: what people said to the actions that were asked for; the latest of each. */
  readonly decisions: Readonly<Record<string, RecordedDecision>>;
  /** What was said with the agents while the run stood still, oldest first. */
  readonly consulted: readonly { readonly role: 'HUMAN' | 'AGENT'; readonly content: string }[];
  readonly started_at: string;
  readonly updated_at: string;
}

export interface RunNotStarted {
  readonly status: 'NOT_STARTED';
}
export interface RunningRun extends RunFacts {
  readonly status: 'RUNNING';
}
/** It waits for people; nothing of it is held in memory. */
export interface PausedRun extends RunFacts {
  readonly status: 'PAUSED';
  readonly pending: {
    readonly approval_id: string | null;
    readonly consultation_id: string | null;
    readonly node_id: string | null;
    /** It may go on as soon as it is anybody's turn to play it. */
    readonly is_decided: boolean;
  };
}
export interface CompletedRun extends RunFacts {
  readonly status: 'COMPLETED';
  readonly sink: {
    readonly kind: 'FINISH' | 'HANDOVER';
    readonly node_id: string | null;
    readonly reason: string | null;
    readonly note: string | null;
  };
  readonly reply: string | null;
  readonly confidence: number | null;
  readonly output: unknown;
}
export interface FailedRun extends RunFacts {
  readonly status: 'FAILED';
  readonly error: { readonly code: string; readonly message: string; readonly node_id: string | null };
}
export interface CancelledRun extends RunFacts {
  readonly status: 'CANCELLED';
  readonly reason: string;
}

export type LiveRun = RunningRun | PausedRun | CompletedRun | FailedRun | CancelledRun;
export type Run = RunNotStarted | LiveRun;

export const toolKey = (nodeId: string, callId: string): string => `${nodeId}/${callId}`;

/** What a run has cost so far: its steps, and the thoughts of those that are still at work. */
export const usageOf = (run: RunFacts): Usage => {
  const ended = Object.values(run.steps).map((step) => step.usage);
  const atWork = Object.keys(run.thoughts)
    .filter((nodeId) => !Object.hasOwn(run.steps, nodeId))
    .map((nodeId) => thoughtUsage(run, nodeId));
  return [...ended, ...atWork].reduce(addUsage, run.refused?.usage ?? NO_USAGE);
};

/** What the journaled thoughts of one node cost. */
export const thoughtUsage = (run: RunFacts, nodeId: string): Usage =>
  (run.thoughts[nodeId] ?? []).map((thought) => thought.usage).reduce(addUsage, NO_USAGE);
