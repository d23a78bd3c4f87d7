import pg from 'pg';

/** What must hold of the conversations of a measurement, each with so many turns named `t-1`, `t-2`, … */
export interface Expected {
  /** How their ids begin. */
  readonly prefix: string;
  readonly conversations: number;
  readonly turns: number;
}

/**
 * Looks for turns that were lost, repeated or answered out of order, in the log's own tables and in the memories.
 * @returns what is wrong, in words; nothing where all is well
 */
export const breachesOf = async (url: string, expected: Expected): Promise<readonly string[]> => {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const { prefix, conversations, turns } = expected;
  const like = `${prefix}-%`;
  try {
    const breaches: string[] = [];
    const said = await pool.query<{ conversation_id: string; roles: string; numbers: number[] }>(
      `SELECT conversation_id, string_agg(left(role, 1), '' ORDER BY version) AS roles,
              array_agg(turn_number ORDER BY version) AS numbers
         FROM orchestrator.messages WHERE conversation_id LIKE $1 GROUP BY conversation_id`,
      [like],
    );
    if (said.rows.length !== conversations)
      breaches.push(`${said.rows.length} of ${conversations} conversations said anything`);
    const roles = 'ua'.repeat(turns);
    const numbers = Array.from({ length: turns * 2 }, (_, index) => Math.floor(index / 2) + 1);
    for (const row of said.rows) {
      if (row.roles !== roles) breaches.push(`${row.conversation_id}: ${row.roles} instead of ${roles}`);
      if (row.numbers.join() !== numbers.join())
        breaches.push(`${row.conversation_id}: turns ${row.numbers.join()}`);
    }
    const asked = await pool.query<{ conversation_id: string; ids: string }>(
      `SELECT conversation_id, string_agg(inputs::text, ' ' ORDER BY turn_number) AS ids
         FROM orchestrator.conversation_turns WHERE conversation_id LIKE $1 GROUP BY conversation_id`,
      [like],
    );
    const order = Array.from({ length: turns }, (_, index) => `t-${index + 1}`).join();
    for (const row of asked.rows) {
      const ids = (row.ids.match(/t-\d+/g) ?? []).join();
      if (ids !== order) breaches.push(`${row.conversation_id}: asked ${order}, taken ${ids}`);
    }
    const remembered = await pool.query<{ events: string; distinct_turns: string }>(
      `SELECT count(*) AS events, count(DISTINCT stream_id || data::text) AS distinct_turns
         FROM memory_worker.events WHERE type = 'memory.turn_remembered' AND stream_id LIKE $1`,
      [like],
    );
    const events = Number(remembered.rows[0]?.events);
    if (events !== conversations * turns)
      breaches.push(`${events} turns remembered of ${conversations * turns}`);
    return breaches;
  } finally {
    await pool.end();
  }
};
