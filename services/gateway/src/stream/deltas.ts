import type { Delta, RecordedEvent } from '@baton/contracts';
import { z } from 'zod';

/** A delta as it comes from the bus: anything may be there. */
export const DeltaMessage = z.object({
  type: z.enum(['delta', 'delta.reset']),
  turn_number: z.int(),
  attempt: z.int(),
  owner_epoch: z.int(),
  content: z.string().optional(),
});

/** What a stream knows of who may speak now: nothing from before it is shown. */
export interface DeltaMarks {
  readonly ownerEpoch: number;
  readonly turn: number;
  readonly attempt: number;
  /** Turns up to this one have ended: their message is the truth. */
  readonly endedTurn: number;
  /** Provisional text of `turn` and `attempt` stands at the client. */
  readonly isShown: boolean;
}

export const NO_MARKS: DeltaMarks = { ownerEpoch: 0, turn: 0, attempt: 0, endedTurn: 0, isShown: false };

/** From each of these on only its own attempt speaks. */
const BEGINNINGS: ReadonlySet<string> = new Set([
  'conversation.turn_started',
  'conversation.turn_attempt_started',
  'conversation.turn_restarted',
]);

/** The marks behind an event of the log, and whether what was shown is withdrawn by it. */
export const afterEvent = (
  marks: DeltaMarks,
  event: Pick<RecordedEvent, 'type' | 'data' | 'metadata'>,
): { readonly marks: DeltaMarks; readonly isWithdrawn: boolean } => {
  const ownerEpoch = Math.max(marks.ownerEpoch, event.metadata.owner_epoch ?? 0);
  const turn = number(event.data['turn_number']);
  const attempt = number(event.data['attempt']);
  let next: DeltaMarks = { ...marks, ownerEpoch };
  let isWithdrawn = ownerEpoch > marks.ownerEpoch && marks.isShown;
  if (BEGINNINGS.has(event.type)) {
    isWithdrawn ||= marks.isShown && isLater(turn, attempt, marks);
    if (isLater(turn, attempt, marks)) next = { ...next, turn, attempt };
  }
  if (event.type === 'conversation.turn_completed') {
    next = { ...next, endedTurn: Math.max(marks.endedTurn, turn) };
    if (turn === marks.turn) {
      // Its own message stands in its place; a turn without one takes its words back.
      isWithdrawn ||= marks.isShown && event.data['reply'] === null;
      next = { ...next, isShown: false };
    }
  }
  return { marks: isWithdrawn ? { ...next, isShown: false } : next, isWithdrawn };
};

/** What of a delta is shown: nothing from an earlier owner, attempt or an ended turn. */
export const admitDelta = (
  marks: DeltaMarks,
  delta: Delta,
): { readonly marks: DeltaMarks; readonly shown: readonly Delta[] } => {
  const { turn_number: turn, attempt, owner_epoch: ownerEpoch } = delta;
  const isEarlier =
    ownerEpoch < marks.ownerEpoch ||
    turn <= marks.endedTurn ||
    turn < marks.turn ||
    (turn === marks.turn && attempt < marks.attempt);
  if (isEarlier) return { marks, shown: [] };
  const next = { ...marks, ownerEpoch, turn, attempt, isShown: delta.type === 'delta' };
  if (delta.type === 'delta' && marks.isShown && isLater(turn, attempt, marks)) {
    const { content: _, ...rest } = delta;
    return { marks: next, shown: [{ ...rest, type: 'delta.reset' }, delta] };
  }
  return { marks: next, shown: [delta] };
};

const isLater = (turn: number, attempt: number, marks: DeltaMarks): boolean =>
  turn > marks.turn || (turn === marks.turn && attempt > marks.attempt);

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
