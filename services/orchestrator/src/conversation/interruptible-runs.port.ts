import type { Append } from '@baton/event-store';

import type { Restart } from './conversation.commands.js';

/** A run that may be cancelled for new input, and its cancellation: for the commit that takes the input in. */
export interface InterruptibleRun {
  readonly restart: Restart;
  readonly append: Append;
  readonly rows: Readonly<Record<string, readonly Record<string, unknown>[]>>;
}

/** What a message that comes mid-turn asks of the run at work. */
export interface InterruptibleRuns {
  /** Null where it has ended, or has begun what can't be done again. */
  interruptible(tenantId: string, conversationId: string, runId: string): Promise<InterruptibleRun | null>;
}

export const INTERRUPTIBLE_RUNS = Symbol('InterruptibleRuns');
