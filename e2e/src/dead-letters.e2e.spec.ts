import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { subjects } from '@baton/contracts';
import { findCheckout, type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';

import { Api } from './api.js';

const execute = promisify(execFile);

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly consumer: string;
  readonly stream_id: string;
  readonly type: string;
  readonly reason: string;
  readonly waiting: number | null;
  readonly outcome: string | null;
  readonly asked: { readonly by: string; readonly reason: string | null } | null;
}

describe('a message that cannot be handled', () => {
  let baton: RunningBaton;
  let database: pg.Client;
  let api: Api;

  beforeAll(async () => {
    baton = await startBaton();
    database = new pg.Client(baton.servers.postgres.url);
    await database.connect();
    api = new Api(baton.url, baton.apiKey);
  }, 180_000);
  afterAll(async () => {
    await database.end();
    await baton.stop();
  });

  /** `npm run dlq -- …` on the running system, as an operator has it. */
  const dlq = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const file = join(findCheckout(), 'tools', 'dist', 'dlq', 'main.js');
    const env = { ...process.env, BATON_DATA_DIR: baton.dataDir, DATABASE_URL: '', NATS_URL: '' };
    try {
      const { stdout, stderr } = await execute(process.execPath, [file, ...args], { env });
      return { code: 0, out: stdout, err: stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, err: stderr };
    }
  };
  const list = async (...filters: string[]): Promise<Listed[]> =>
    JSON.parse((await dlq('list', '--json', ...filters)).out) as Listed[];
  const letterOf = async (streamId: string, consumer: string): Promise<Listed> => {
    const schema = consumer.startsWith('memory-worker') ? 'memory_worker' : 'orchestrator';
    await waitFor(
      async () =>
        (
          await database.query(
            `SELECT 1 FROM ${schema}.dead_letters WHERE stream_id = $1 AND consumer = $2 AND asked IS NULL`,
            [streamId, consumer],
          )
        ).rows.length > 0,
      { what: `${streamId} to be parked in ${consumer}`, timeoutMs: 90_000 },
    );
    return (await list('--stream', streamId, '--consumer', consumer))[0] as Listed;
  };
  const remembered = async (id: string): Promise<number[]> =>
    (
      await database.query<{ turn_number: number }>(
        `SELECT turn_number FROM memory_worker.memories WHERE conversation_id = $1 AND kind = 'turn' ORDER BY 1`,
        [id],
      )
    ).rows.map((row) => row.turn_number);
  const memoryOf = async (id: string): Promise<unknown[]> =>
    (await api.turns(id)).map((turn) => (turn as { memory?: unknown }).memory);
  const rememberedAll = (id: string, turns: number[]): Promise<unknown> =>
    waitFor(async () => JSON.stringify(await remembered(id)) === JSON.stringify(turns), {
      what: `turns ${turns.join()} of ${id} to be remembered`,
      timeoutMs: 60_000,
    });

  it('is none as long as nothing is wrong', async () => {
    expect(await dlq('list')).toEqual({ code: 0, out: 'No dead letters.\n', err: '' });
  });

  it('parks its own conversation; mended and replayed, it is handled once and what waited follows', async () => {
    await database.query(`
      CREATE FUNCTION memory_worker.choke() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.stream_id = 'choking' THEN RAISE EXCEPTION 'a defect'; END IF; RETURN NEW; END $$`);
    await database.query(
      `CREATE TRIGGER choke BEFORE INSERT ON memory_worker.events FOR EACH ROW EXECUTE FUNCTION memory_worker.choke()`,
    );
    await api.say('choking', 'How long do I have to return an item?');
    const letter = await letterOf('choking', 'memory-worker-turns');
    expect(letter).toMatchObject({ state: 'open', type: 'conversation.turn_completed' });
    expect(letter.reason).toContain('a defect');
    await api.say('choking', 'What payment methods do you accept?');
    await api.say('breathing', 'What payment methods do you accept?');
    await rememberedAll('breathing', [1]);
    expect(await remembered('choking')).toEqual([]);
    // The turns themselves are answered; that they are not remembered is said, and rings a bell.
    expect(await memoryOf('choking')).toEqual(['FAILED', 'FAILED']);
    expect(await memoryOf('breathing')).toEqual(['DONE']);
    const metrics = await fetch(`${baton.services['memory-worker'].url}/metrics`);
    expect(await metrics.text()).toMatch(/baton_dead_letters_total\{consumer="memory-worker-turns"[^}]*\} 1/);

    const shown = await dlq('show', letter.id);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.out).toContain('[sealed]');
    expect(shown.out).not.toContain('return an item');
    expect((await dlq('show', letter.id, '--open')).out).toContain('return an item');
    expect((await dlq('list')).out).toMatch(/^ID +STATE +CONSUMER.*\n.*memory-worker-turns/);
    expect((await dlq('list', '--check')).code).toBe(1);

    // Its own administrators see it over the API, another tenant's do not.
    const apiId = letter.id.replace('/', '-');
    const { body: page } = await api.get<{ items: Record<string, unknown>[] }>(
      '/api/v1/dead-letters?state=open',
    );
    expect(page.items).toMatchObject([{ dead_letter_id: apiId, stream_id: 'choking', attempts: 5 }]);
    const { body: tenant } = await api.post<{ api_key: string }>('/api/v1/tenants', { name: 'Another' });
    const other = new Api(baton.url, tenant.api_key);
    expect((await other.get<{ items: unknown[] }>('/api/v1/dead-letters')).body.items).toEqual([]);
    expect((await other.get(`/api/v1/dead-letters/${apiId}`)).status).toBe(404);
    expect((await other.post(`/api/v1/dead-letters/${apiId}/replay`)).status).toBe(404);
    const { body: system } = await api.get<{ installation: Record<string, unknown> }>('/api/v1/system');
    expect(system.installation['dead_letters']).toEqual([
      { service: 'memory-worker', consumer: 'memory-worker-turns', open: 1 },
    ]);

    // Not mended yet: another letter, and the stream stays parked.
    expect((await api.post(`/api/v1/dead-letters/${apiId}/replay`)).status).toBe(202);
    await waitFor(
      async () =>
        (await api.get<{ outcome: string | null }>(`/api/v1/dead-letters/${apiId}`)).body.outcome ===
        'failed-again',
      { what: 'the letter to fail again', timeoutMs: 60_000 },
    );

    await database.query('DROP TRIGGER choke ON memory_worker.events');
    const replayed = await dlq('replay', '--consumer', 'memory-worker-turns', '--by', 'ana', '--wait', '60');
    expect(replayed).toMatchObject({ code: 0 });
    expect(replayed.out).toContain('handled');
    await rememberedAll('choking', [1, 2]);
    expect(await memoryOf('choking')).toEqual(['DONE', 'DONE']);
    const journal = await list('--stream', 'choking', '--all');
    expect(journal.map(({ outcome }) => outcome)).toEqual(['failed-again', 'handled']);
    expect(journal[1]?.asked?.by).toBe('ana');
    expect((await dlq('replay', letter.id)).code).toBe(1);
  }, 180_000);

  it('of a newer build is parked until that build is here, or dropped with a reason; the rest goes on', async () => {
    await api.say('tomorrow', 'What payment methods do you accept?');
    await rememberedAll('tomorrow', [1]);
    await append('tomorrow', 'conversation.turn_completed', { nobody: 'knows' }, 9);
    const letter = await letterOf('tomorrow', 'memory-worker-turns');
    expect(letter.reason).toContain('v9 is newer than this build knows');
    const refused = await dlq('drop', letter.id);
    expect(refused).toMatchObject({ code: 2 });
    const others = await list('--stream', 'tomorrow');
    const dropped = await dlq('drop', ...others.map(({ id }) => id), '--reason', 'a test of tomorrow');
    expect(dropped).toMatchObject({ code: 0 });
    await append('tomorrow', 'conversation.feedback_recorded', { rating: 5, comment: null }, 1);
    await waitFor(async () => (await list('--stream', 'tomorrow')).length === 0, { what: 'no open letter' });
    expect((await list('--stream', 'tomorrow', '--all'))[0]).toMatchObject({
      outcome: 'dropped',
      asked: { reason: 'a test of tomorrow' },
    });
  }, 120_000);

  it('that fits into no message of the bus stops neither relay nor sweep', async () => {
    await append('huge', 'conversation.started', { workflow: 'x'.repeat(8_500_000) }, 1);
    await letterOf('huge', 'relay');
    await api.say('beside-huge', 'What payment methods do you accept?');
    await rememberedAll('beside-huge', [1]);
    // No message told of it: the sweep finds it in the log, and counts its failures.
    const nats = await connect({ servers: baton.servers.nats.url });
    const poke = setInterval(() => nats.publish(subjects.catchUpPoke, '{}'), 500);
    const parked = await letterOf('huge', 'memory-worker-turns').finally(() => clearInterval(poke));
    await nats.close();
    expect(parked.reason).toContain('fits into no message');
  }, 240_000);

  it('that is no event at all is kept as it came, byte for byte, and can be dropped', async () => {
    const nats = await connect({ servers: baton.servers.nats.url });
    const subject = 'baton.events.0.conversation.default.broken.turn_completed';
    nats.publish(subject, Buffer.from([0xff, 0xfe, 0x00, 0x7b]));
    nats.publish(subject, 'not an event\0');
    await nats.flush();
    const letters = await waitFor(
      async () => {
        const found = await list('--stream', 'broken', '--consumer', 'memory-worker-turns');
        return found.length === 2 && found;
      },
      { what: 'both messages to be letters', timeoutMs: 60_000 },
    );
    expect((await dlq('show', letters[0]?.id ?? '')).out).toContain('[4 bytes: --open shows them]');
    expect((await dlq('show', letters[0]?.id ?? '', '--open')).out).toContain(
      Buffer.from([0xff, 0xfe, 0x00, 0x7b]).toString('base64'),
    );
    // Nothing was mended: it comes back as another letter.
    expect(await dlq('replay', letters[0]?.id ?? '')).toMatchObject({ code: 0 });
    await waitFor(
      async () => {
        const now = await list('--stream', 'broken', '--consumer', 'memory-worker-turns');
        return now.length === 2 && now.every(({ id }) => id !== letters[0]?.id);
      },
      { what: 'it to be a letter again', timeoutMs: 60_000 },
    );
    await nats.close();
    const all = await list('--stream', 'broken');
    expect(await dlq('drop', ...all.map(({ id }) => id), '--reason', 'noise')).toMatchObject({ code: 0 });
    expect(await list('--stream', 'broken')).toEqual([]);
    expect((await list('--stream', 'broken', '--all')).length).toBe(all.length + 1);
    await api.say('after-noise', 'What payment methods do you accept?');
    await rememberedAll('after-noise', [1]);
  }, 180_000);

  /** Into the orchestrator's log, past its contracts. */
  const append = async (
    streamId: string,
    type: string,
    data: Record<string, unknown>,
    schemaVersion: number,
  ): Promise<void> => {
    await database.query(
      `WITH appended AS (
         INSERT INTO orchestrator.events (tenant_id, stream_type, stream_id, version, event_id, type, schema_version, data, metadata, occurred_at)
         SELECT 'default', 'conversation', $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, now()
           FROM orchestrator.events WHERE tenant_id = 'default' AND stream_type = 'conversation' AND stream_id = $1
         RETURNING tenant_id, global_position)
       INSERT INTO orchestrator.outbox (global_position, tenant_id, partition) SELECT global_position, tenant_id, 0 FROM appended`,
      [
        streamId,
        `evt_${randomUUID()}`,
        type,
        schemaVersion,
        JSON.stringify(data),
        JSON.stringify({ actor: { type: 'system', id: 'test' } }),
      ],
    );
  };
});
