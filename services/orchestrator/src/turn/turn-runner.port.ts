import type { HandoverReason, MessageView, Repetition, RunEvent, Usage } from '@baton/contracts';
import type { Stamped } from '@baton/event-store';

import type { AiProcessing } from '../conversation/conversation.state.js';
import type { ApprovalToRequest } from '../pause/requested-approval.js';
import type { RepetitionJudge } from '../repetition/repetition-check.js';

/** What the AI may know when it takes a turn; the runtime fits it to the model's window. */
export interface TurnContext {
  readonly summary: string | null;
  /** Nearest first. */
  readonly memories: readonly { readonly memory_id: string; readonly content: string }[];
  /** The latest messages before this turn's, oldest first. */
  readonly recent: readonly MessageView[];
}

export interface TurnToPlay {
  readonly tenantId: string;
  readonly conversation: AiProcessing;
  readonly runId: string;
  /** The run's first event, where this worker has just written it: saves reading it back. */
  readonly started: Stamped<RunEvent> | null;
  readonly turnNumber: number;
  readonly attempt: number;
  /** What the customer said in this turn. */
  readonly message: string;
  readonly context: TurnContext;
  /** The customer asked for a person, in whatever words. */
  readonly humanRequested: boolean;
  /** Holds a reply against what was said before. */
  readonly repetition: RepetitionJudge;
  /** Where tokens go as they come. */
  readonly streamTo: string;
  /** Takes back what was streamed so far: it is not the answer. */
  readonly withdrawTokens: () => void;
  /** Aborts when this worker has lost the turn. */
  readonly signal: AbortSignal;
}

/** What came of a run, decided by the workflow's sinks and triggers. */
export interface PlayedTurn {
  readonly decision:
    | { readonly kind: 'FINISH'; readonly reply: string; readonly confidence: number | null }
    | {
        readonly kind: 'HANDOVER';
        readonly reason: HandoverReason;
        readonly note: string | null;
        readonly failed: boolean;
      }
    /** A person dropped the draft: the turn is over, and nothing goes out. */
    | { readonly kind: 'DROPPED' }
    /** It goes on when people have decided, or have talked with the agent. */
    | {
        readonly kind: 'PAUSED';
        readonly approval: ApprovalToRequest | null;
        readonly consultation_id: string | null;
      };
  /** The approval of the draft that goes out. */
  readonly sentDraft?: string;
  /** Set where the first answer said what was said before. */
  readonly repetition?: Repetition;
  /** Near repetitions could not be looked for. */
  readonly exactOnly: boolean;
  readonly usage: Usage;
  readonly intent: string | null;
  readonly confidence: number | null;
  readonly tried: readonly { readonly tool: string; readonly outcome: string }[];
  /** Names for the routing rules: `input`, `nodes`. */
  readonly scope: Readonly<Record<string, unknown>>;
  /** The run's last events, to be appended with the turn's in one commit, and where its stream stands. */
  readonly ending: {
    readonly events: readonly RunEvent[];
    readonly expectedVersion: number;
    readonly rows: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  };
}

export interface TurnRunner {
  /**
   * Plays a run to its end from wherever its journal stands; a run that was begun before goes on behind its
   * last journaled step.
   * @throws BatonError `stale-owner` where another worker goes on with it, `unavailable` where a part is down
   */
  play(turn: TurnToPlay): Promise<PlayedTurn>;
  /** What a run that takes the place of a cancelled one begins with: its finished steps, as far as they still hold. */
  kept(tenantId: string, conversationId: string, cancelledRunId: string): Promise<readonly RunEvent[]>;
  /** The end of a run that failed too often to be played: `run.failed`. */
  fail(tenantId: string, runId: string, why: string): Promise<PlayedTurn>;
  /** Ends a run whose turn somebody else has ended; again and again does no harm. */
  cancel(tenantId: string, runId: string, why: string): Promise<void>;
}

export const TURN_RUNNER = Symbol('TurnRunner');
