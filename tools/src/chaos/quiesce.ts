import { waitFor } from '@baton/testkit';

import { SCHEMAS_WITH_LOG } from './audit/evidence.js';
import type { ChaosSystem } from './system.js';

interface Rest {
  readonly open_turns: number;
  readonly with_human: number;
  readonly queued: number;
  readonly unpublished: number;
  readonly ended: number;
  readonly remembered: number;
}

/** What is still under way. */
const underWay = async (system: ChaosSystem): Promise<Rest> => {
  const outboxes = SCHEMAS_WITH_LOG.map((schema) => `(SELECT count(*) FROM ${schema}.outbox)`).join(' + ');
  const [row] = await system.sql<Rest>(
    `SELECT (SELECT count(*) FROM orchestrator.conversation_turns WHERE status IN ('COLLECTING', 'PROCESSING'))::int AS open_turns,
            (SELECT count(*) FROM orchestrator.conversations WHERE state IN ('PENDING_HUMAN', 'HUMAN_ACTIVE'))::int AS with_human,
            (SELECT count(*) FROM queue_manager.agent_queue WHERE closed_at IS NULL)::int AS queued,
            (${outboxes})::int AS unpublished,
            (SELECT count(*) FROM orchestrator.events WHERE type = 'conversation.turn_completed')::int AS ended,
            (SELECT count(*) FROM memory_worker.events WHERE type = 'memory.turn_remembered')::int AS remembered`,
  );
  return row as Rest;
};

const isAtRest = ({ ended, remembered, ...underWay }: Rest): boolean =>
  ended === remembered && Object.values(underWay).every((count) => count === 0);

/**
 * Waits until nothing is under way any more, twice in a row, but no longer than this: what is stuck then is found by
 * the checks.
 * @returns what was still under way, undefined where nothing was
 */
export const quiesce = async (system: ChaosSystem, timeoutMs: number): Promise<Rest | undefined> => {
  let rest: Rest | undefined;
  let before = '';
  try {
    await waitFor(
      async () => {
        rest = await underWay(system);
        const now = JSON.stringify(rest);
        const isSame = now === before;
        before = now;
        return isAtRest(rest) && isSame;
      },
      { what: 'everything to rest', timeoutMs, everyMs: 500 },
    );
    return undefined;
  } catch {
    return rest;
  }
};
