import type { Usage } from '@baton/contracts';
import type { Append, TimerRequest } from '@baton/event-store';

import type { PausedTurn } from './conversation.state.js';

/** What a paused run adds to the commit of what its conversation decides. */
export interface EndingPause {
  readonly appends: readonly Append[];
  readonly rows: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly timers: { readonly set: readonly TimerRequest[]; readonly cancel: readonly string[] };
  /** What a run that ends has cost. */
  readonly usage: Usage | null;
}

/** What conversations ask of runs that wait for people. */
export interface PausedRunsPort {
  /** It ends, with its approval and whatever is talked about. */
  cancelled(
    tenantId: string,
    conversationId: string,
    paused: PausedTurn,
    why: string,
    now: string,
  ): Promise<EndingPause>;
  /** It goes on; what nobody has decided on is not done. */
  givenBack(
    tenantId: string,
    conversationId: string,
    paused: PausedTurn,
    guidance: string | null,
    now: string,
  ): Promise<EndingPause>;
}

export const PAUSED_RUNS = Symbol('PausedRuns');

/** The part of the commit that it is. */
export const commitPartOf = (ending: EndingPause | undefined) =>
  ending === undefined ? {} : { with: ending.appends, rows: ending.rows, timers: ending.timers };
