import type { HandoverReason } from '@baton/contracts';

import type { TriedTool } from '../agent/agent.js';
import type { RunLog } from './run-log.js';
import type { RunPause } from './run-pause.js';

/** What a run came to. Nothing of it is in the log yet: the caller writes it with what follows from it. */
export type RunOutcome = SinkOutcome | FailedOutcome | PausedOutcome | CancelledOutcome;

export type SinkOutcome = FinishOutcome | HandoverOutcome;

interface Reached {
  /** The sink, or the node that decided to hand over. */
  readonly node_id: string;
  readonly note: string | null;
  readonly reply: string | null;
  readonly confidence: number | null;
  /** What a standalone run returns. */
  readonly output: unknown;
  /** Tools that were asked for and not run. */
  readonly not_run: readonly TriedTool[];
}

export interface FinishOutcome extends Reached {
  readonly kind: 'FINISH';
  readonly reason: null;
}

export interface HandoverOutcome extends Reached {
  readonly kind: 'HANDOVER';
  readonly reason: HandoverReason;
  /** The FINISH sink that an agent's own decision overrode; null where the workflow hands over, or cannot go on. */
  readonly overrides: string | null;
}

export interface FailedOutcome {
  readonly kind: 'FAILED';
  /** Why a person gets it, in a conversation. */
  readonly reason: 'failure' | 'budget';
  readonly error: { readonly code: string; readonly message: string; readonly node_id: string | null };
}

/** It goes on when people have had their say. */
export interface PausedOutcome {
  readonly kind: 'PAUSED';
  readonly pause: RunPause;
}

/** The signal ended it; whatever the caller meant by that stands in `cause`. */
export interface CancelledOutcome {
  readonly kind: 'CANCELLED';
  readonly cause: unknown;
}

/** A run that was played: its outcome, and its log with the events that wait for the last commit. */
export interface PlayedRun {
  readonly outcome: RunOutcome;
  readonly log: RunLog;
}
