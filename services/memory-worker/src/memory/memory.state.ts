import type { TurnSet } from './turn-set.js';

/**
 * What is known of a conversation's memory: which turns, not what they said. The texts are in the events and
 * in the read model; a state without them stays small however long the conversation gets.
 */
export type MemoryState = Remembering | Forgotten;

export interface Remembering {
  readonly status: 'REMEMBERING';
  /** Known from the first memory on. */
  readonly customer_id: string | null;
  readonly turns: TurnSet;
  /** Remembered, and in no summary yet; in the order they ended. */
  readonly undigested: readonly number[];
  /** Remembered since a digest was last due. */
  readonly since_digest: readonly number[];
  readonly summarized_through: number;
}

export interface Forgotten {
  readonly status: 'FORGOTTEN';
}

export const NOTHING_REMEMBERED: Remembering = {
  status: 'REMEMBERING',
  customer_id: null,
  turns: [],
  undigested: [],
  since_digest: [],
  summarized_through: 0,
};
