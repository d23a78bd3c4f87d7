import { type ConversationEventType, conversationEvents, SYSTEM_ACTOR } from '@baton/contracts';
import fc from 'fast-check';

import { evolveStats, type StatsEvent } from './conversation-analytics.projection.js';
import type { ConversationStats } from './conversation-stats.js';
import type { OwnerInterval } from './owner-interval.js';

const START = Date.parse('2026-11-22T10:00:00.000Z');
const MINUTE = 60_000;

const EXAMPLES = new Map<string, Record<string, unknown>>(
  conversationEvents.map(({ type, example }) => [type, example]),
);

/** Any events in any order, from none to minutes after each other. */
const history = fc.array(
  fc.record({
    type: fc.constantFrom(...conversationEvents.map(({ type }) => type)),
    afterMs: fc.integer({ min: 0, max: 5 * MINUTE }),
    reason: fc.constantFrom('explicit_request', 'failure', 'approval', 'consultation'),
  }),
  { minLength: 1, maxLength: 40 },
);

const fold = (steps: readonly { type: ConversationEventType; afterMs: number; reason: string }[]) => {
  const ended: OwnerInterval[] = [];
  let stats: ConversationStats | undefined;
  let at = START;
  for (const [index, { type, afterMs, reason }] of steps.entries()) {
    at += afterMs;
    const example = EXAMPLES.get(type) ?? {};
    const data = type === 'conversation.handed_over' ? { ...example, reason } : example;
    const played: StatsEvent = {
      type,
      data: data,
      version: index + 1,
      metadata: { actor: SYSTEM_ACTOR },
      occurred_at: new Date(at).toISOString(),
    };
    const folded = evolveStats(stats, 'c', played);
    stats = folded.stats;
    ended.push(...folded.ended);
  }
  return { stats: stats as ConversationStats, ended };
};

const sum = (intervals: readonly OwnerInterval[], owner: OwnerInterval['owner']): number =>
  intervals.reduce((total, each) => total + (each.owner === owner ? each.ms : 0), 0);

describe('whose a conversation was, in whatever order things happen', () => {
  it('is one owner after the other, without an overlap, and adds up to the times', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { stats, ended } = fold(steps);
        const all = stats.owner_interval ? [...ended, stats.owner_interval] : ended;
        expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
        expect(stats.intervals).toBe(all.length);
        for (const [index, { started_at, ended_at, ms }] of all.entries()) {
          const next = all[index + 1];
          if (next) expect(ended_at !== null && ended_at <= next.started_at).toBe(true);
          expect(ms).toBeGreaterThanOrEqual(0);
          if (ended_at !== null)
            expect(ms).toBeLessThanOrEqual(Date.parse(ended_at) - Date.parse(started_at));
        }
        expect(sum(ended, 'human')).toBe(stats.human_ms);
        expect(sum(ended, 'queue')).toBe(stats.queue_ms);
        // What the AI does while a conversation is somebody else's is its time, but not its stretch.
        expect(sum(all, 'ai')).toBeLessThanOrEqual(stats.ai_ms);
      }),
    );
  });

  it('counts no more waits than handovers, releases and transfers, and no share above the whole', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { stats } = fold(steps);
        const waits = steps.filter(({ type }) =>
          ['conversation.handed_over', 'conversation.released', 'conversation.transferred'].includes(type),
        ).length;
        expect(stats.queue_wait_ms.length).toBeLessThanOrEqual(waits);
        expect(Object.values(stats.handover_reasons).reduce((a, b) => a + b, 0)).toBe(stats.handovers);
        if (stats.settled_at !== null) expect(stats.was_settled && !stats.abandoned).toBe(true);
        if (stats.resolved) expect(stats.settled_at).not.toBeNull();
      }),
    );
  });
});
