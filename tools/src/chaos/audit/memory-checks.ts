import type { Breach } from '../ledger.js';
import type { Evidence } from './evidence.js';

export interface MemoryCounts {
  readonly expected: number;
  readonly found: number;
  readonly doubled: number;
  /** Turns whose event was published, or delivered, more than once: what memory had to be written for twice. */
  readonly attemptedTwice: number;
}

interface Remembered {
  readonly tenant_id: string;
  readonly stream_id: string;
  readonly turn_number: number;
  readonly times: number;
}

/** I4: one memory for each finished turn, in the log and in the read model. */
export const memoriesOnce = async ({
  system,
  events,
}: Evidence): Promise<{ readonly counts: MemoryCounts; readonly breaches: Breach[] }> => {
  const remembered = await system.sql<Remembered>(
    `SELECT tenant_id, stream_id, (data->>'turn_number')::int AS turn_number, count(*)::int AS times
       FROM memory_worker.events WHERE type = 'memory.turn_remembered' GROUP BY 1, 2, 3`,
  );
  const rows = await system.sql<Omit<Remembered, 'times'>>(
    `SELECT tenant_id, conversation_id AS stream_id, turn_number FROM memory_worker.memories WHERE kind = 'turn'`,
  );
  const key = (each: Omit<Remembered, 'times' | 'turn_number'> & { turn_number: number | null }): string =>
    `${each.tenant_id}/${each.stream_id}/${each.turn_number}`;
  const expected = new Set(events.filter(({ type }) => type === 'conversation.turn_completed').map(key));
  const found = new Set(rows.map(key));
  const doubled = remembered.filter(({ times }) => times > 1);
  const breaches = [
    ...doubled.map((each) => ({
      invariant: 'I4',
      what: `turn ${key(each)} is remembered ${each.times} times`,
    })),
    ...[...expected]
      .filter((turn) => !found.has(turn))
      .map((turn) => ({ invariant: 'I4', what: `turn ${turn} is not remembered` })),
    ...[...found]
      .filter((turn) => !expected.has(turn))
      .map((turn) => ({ invariant: 'I4', what: `turn ${turn} is remembered and never ended` })),
  ];
  const attemptedTwice = [...system.tap.turnsPublished.values()].filter((times) => times > 1).length;
  return {
    counts: { expected: expected.size, found: found.size, doubled: doubled.length, attemptedTwice },
    breaches,
  };
};
