import type { Delta } from '@baton/contracts';

import { admitDelta, afterEvent, type DeltaMarks, NO_MARKS } from './deltas.js';

const delta = (turn_number: number, attempt: number, owner_epoch: number, content = 'word'): Delta => ({
  type: 'delta',
  turn_number,
  attempt,
  owner_epoch,
  content,
});
const event = (type: string, data: Record<string, unknown>, owner_epoch = 1) => ({
  type: `conversation.${type}`,
  data,
  metadata: { actor: { type: 'ai' as const, id: 'ai' }, owner_epoch },
});
const started = (turn_number: number, attempt = 1, epoch = 1) =>
  event(attempt === 1 ? 'turn_started' : 'turn_attempt_started', { turn_number, attempt }, epoch);

const typesOf = (marks: DeltaMarks, next: Delta) => admitDelta(marks, next).shown.map(({ type }) => type);

describe('tokens as they come', () => {
  const speaking = admitDelta(afterEvent(NO_MARKS, started(1)).marks, delta(1, 1, 1)).marks;

  it('are shown while their turn runs', () => {
    expect(typesOf(speaking, delta(1, 1, 1))).toEqual(['delta']);
  });

  it('are shown even before the event that their turn began has come', () => {
    expect(typesOf(NO_MARKS, delta(1, 1, 1))).toEqual(['delta']);
  });

  it('are withdrawn when new input restarts their turn, and only the next attempt is heard', () => {
    const restarted = afterEvent(speaking, event('turn_restarted', { turn_number: 1, attempt: 2 }));
    expect(restarted.isWithdrawn).toBe(true);
    expect(typesOf(restarted.marks, delta(1, 1, 1))).toEqual([]);
    const begun = afterEvent(restarted.marks, started(1, 2));
    expect(begun.isWithdrawn).toBe(false);
    expect(typesOf(begun.marks, delta(1, 2, 1))).toEqual(['delta']);
  });

  it('are not shown of an earlier attempt, an earlier owner or an ended turn', () => {
    expect(typesOf(afterEvent(speaking, started(1, 2)).marks, delta(1, 1, 1))).toEqual([]);
    expect(typesOf(afterEvent(speaking, event('handed_over', {}, 2)).marks, delta(1, 1, 1))).toEqual([]);
    const ended = afterEvent(speaking, event('turn_completed', { turn_number: 1, reply: {} })).marks;
    expect(typesOf(ended, delta(1, 1, 1))).toEqual([]);
    expect(typesOf(ended, delta(2, 1, 1))).toEqual(['delta']);
  });

  it('are not shown of an earlier attempt once a later one was heard, event or not', () => {
    const { marks, shown } = admitDelta(speaking, delta(1, 2, 1));
    expect(shown.map(({ type }) => type)).toEqual(['delta.reset', 'delta']);
    expect(typesOf(marks, delta(1, 1, 1))).toEqual([]);
  });

  it('are withdrawn when another attempt begins, or another owner comes, in the middle', () => {
    expect(afterEvent(speaking, started(1, 2)).isWithdrawn).toBe(true);
    expect(afterEvent(speaking, event('handed_over', {}, 2)).isWithdrawn).toBe(true);
    expect(afterEvent(speaking, event('turn_completed', { turn_number: 1, reply: null })).isWithdrawn).toBe(
      true,
    );
  });

  it("are not withdrawn by the turn's own message, nor where nothing was shown", () => {
    expect(afterEvent(speaking, event('turn_completed', { turn_number: 1, reply: {} })).isWithdrawn).toBe(
      false,
    );
    expect(afterEvent(NO_MARKS, event('handed_over', {}, 2)).isWithdrawn).toBe(false);
    expect(afterEvent(speaking, event('message_received', { turn_number: 2 })).isWithdrawn).toBe(false);
  });

  it('are withdrawn once', () => {
    const { marks } = afterEvent(speaking, event('turn_completed', { turn_number: 1, reply: null }));
    expect(afterEvent(marks, event('handed_over', {}, 2)).isWithdrawn).toBe(false);
    const reset: Delta = { type: 'delta.reset', turn_number: 1, attempt: 1, owner_epoch: 1 };
    expect(afterEvent(admitDelta(speaking, reset).marks, started(1, 2)).isWithdrawn).toBe(false);
  });
});
