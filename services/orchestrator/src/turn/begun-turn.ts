import type { RunEvent } from '@baton/contracts';
import type { Stamped } from '@baton/event-store';

import type { AiProcessing, OpenTurn } from '../conversation/conversation.state.js';

/** A turn that this worker has: the attempt that it began is its fencing token. */
export interface BegunTurn {
  readonly conversation: AiProcessing;
  readonly running: RunningTurn;
  /** The run's first event, where this worker wrote it. */
  readonly started: Stamped<RunEvent> | null;
}

export type RunningTurn = OpenTurn & { readonly run_id: string };

/** What the customer said in a turn. */
export const messageOf = (turn: OpenTurn): string => turn.inputs.map((input) => input.content).join('\n');
