import type { Meter } from './limit-rule.js';

/** What the meters say of one call. */
export type Verdict =
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      /** Which of the meters has no room. */
      readonly meter: number;
      /** When it may have; for concurrency, when it is worth asking again. */
      readonly waitMs: number;
    };

export interface Entry {
  /** Names this request among those under way. */
  readonly id: string;
  readonly meters: readonly Meter[];
  /** About what it will use; what it did use is told on leaving. */
  readonly tokens: number;
  /** When it is over at the latest, if nobody says so. */
  readonly leaseMs: number;
}

/** Counts calls by minute and by those under way: all meters take a call, or none does. */
export interface LimitStore {
  admit(entry: Entry): Promise<Verdict>;
  leave(entry: Entry, usedTokens: number): Promise<void>;
}

export const WINDOW_MS = 60_000;
/** How often a place among those under way is looked for. */
export const BUSY_POLL_MS = 50;
