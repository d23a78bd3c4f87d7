import { migrateService } from '@baton/service';
import { createDatabase, type RunningServer, startPostgres } from '@baton/testkit';
import pg from 'pg';

import { migrations } from './index.js';

const NOW = '2026-11-22T10:00:00.000Z';

/** What a turn reads of its conversation, by the server's own count of rows. */
describe('what a turn reads of its conversation', () => {
  let server: RunningServer;
  let client: pg.Client;

  beforeAll(async () => {
    server = await startPostgres();
    const { url } = await createDatabase(server.url);
    await migrateService({ name: 'orchestrator', migrations, adminUrl: url });
    client = new pg.Client(url);
    await client.connect();
    // One connection, as in a pool: the plans of its first calls are kept.
    await client.query(`
      CREATE FUNCTION orchestrator.rows_read(call text) RETURNS bigint LANGUAGE plpgsql AS $$
      DECLARE before bigint; behind bigint;
      BEGIN
        SELECT sum(idx_tup_fetch + seq_tup_read) INTO before FROM pg_stat_xact_user_tables WHERE schemaname = 'orchestrator';
        EXECUTE call;
        SELECT sum(idx_tup_fetch + seq_tup_read) INTO behind FROM pg_stat_xact_user_tables WHERE schemaname = 'orchestrator';
        RETURN behind - before;
      END $$`);
  });
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  /** Every tenth turn has a reply of the AI, those behind `answered` have none: a person had them. */
  const grow = async (from: number, through: number, answered: number): Promise<void> => {
    await client.query(
      `INSERT INTO orchestrator.conversation_turns (tenant_id, conversation_id, turn_number, inputs, status, attempts, received_at, completed_at, reply)
       SELECT 'acme', 'conv_1', n, '[]', 'COMPLETED', 1, $3::timestamptz, $3::timestamptz,
              CASE WHEN n % 10 = 0 AND n <= $4 THEN '{"content": "x"}'::jsonb END FROM generate_series($1::int, $2::int) n`,
      [from, through, NOW, answered],
    );
    await client.query(
      `INSERT INTO orchestrator.messages (tenant_id, conversation_id, version, message_id, role, content, turn_number, owner, owner_epoch, created_at)
       SELECT 'acme', 'conv_1', n, 'msg_' || n, 'user', 'x', n, 'ai', 1, $3::timestamptz FROM generate_series($1::int, $2::int) n`,
      [from, through, NOW],
    );
  };
  const reads = async (call: string): Promise<number> => {
    const { rows } = await client.query<{ read: number }>('SELECT orchestrator.rows_read($1)::int AS read', [
      call,
    ]);
    return rows[0]?.read ?? Number.NaN;
  };
  const earlier = (before: number): Promise<number> =>
    reads(
      `SELECT * FROM orchestrator.earlier_replies('acme', 'conv_1', ${before}, '${NOW}'::timestamptz - interval '1 hour', 5)`,
    );
  const recent = (): Promise<number> =>
    reads(`SELECT * FROM orchestrator.recent_messages('acme', 'conv_1', 16)`);

  it('is no more of ten thousand turns than of a few', async () => {
    await grow(1, 200, 200);
    // Known to be small: the plans that suit it now are kept.
    await client.query('ANALYZE');
    for (let times = 0; times < 8; times += 1) {
      expect(await earlier(201)).toBeLessThanOrEqual(60);
      expect(await recent()).toBeLessThanOrEqual(17);
    }
    await grow(201, 10_000, 5000);
    expect(await recent()).toBeLessThanOrEqual(17);
    expect(await earlier(5001)).toBeLessThanOrEqual(60);
    // Nor where a person had thousands of turns since the AI's last reply.
    expect(await earlier(10_001)).toBeLessThanOrEqual(200);
  });
});
