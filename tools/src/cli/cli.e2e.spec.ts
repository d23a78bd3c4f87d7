import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient, type BatonClient } from '@baton/client';
import { type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';
import pg from 'pg';

import type { Checked } from './doctor/check.js';
import { begin, type Ran, type Running } from './testing.fixture.js';

const PASSPHRASE = 'a horse that is quite correct';
const MINUTES = 60_000;

describe('npm run baton --', () => {
  let baton: RunningBaton;
  let client: BatonClient;
  let database: pg.Client;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'baton-cli-'));
    baton = await startBaton();
    client = createClient({ baseUrl: baton.url, token: baton.apiKey });
    database = new pg.Client(baton.servers.postgres.url);
    await database.connect();
    const agent = { agent_id: 'ana', name: 'Ana', skills: { billing: 3 } };
    await client.api.POST('/api/v1/human-agents', { body: agent });
    await say(client, 'answered', 'How long do I have to return an item?');
    await say(client, 'waiting', 'I want to talk to a person');
    await say(client, 'erased', 'Do you ship abroad?');
    await say(client, 'regretted', 'Do you ship abroad?');
    await client.api.DELETE('/api/v1/conversations/{id}', { params: { path: { id: 'erased' } } });
    await waitFor(async () => (await client.staff.queue()).length === 1, {
      what: 'the conversation to be in the queue',
      timeoutMs: 60_000,
    });
  }, 4 * MINUTES);
  afterAll(async () => {
    await database?.end();
    await baton?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  const say = async (to: BatonClient, id: string, message: string): Promise<string | undefined> =>
    (await to.conversations.send({ conversation_id: id, message, sender_type: 'user' }, { waitSeconds: 60 }))
      .reply?.content;

  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Running =>
    begin(args, { BATON_DATA_DIR: baton.dataDir, BATON_BACKUP_PASSPHRASE: PASSPHRASE, ...env });
  const run = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran> => start(args, env).ended;
  /** A command that succeeds, its output as JSON. */
  const ask = async <T>(...args: string[]): Promise<T> => {
    const { code, out, err } = await run([...args, '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out) as T;
  };

  it(
    'lists, shows and replays conversations, for a person and for a program',
    async () => {
      const listed = await ask<{ conversation_id: string }[]>('conversations', 'list');
      expect(listed.map(({ conversation_id }) => conversation_id)).toEqual(
        expect.arrayContaining(['answered', 'waiting']),
      );
      const waiting = await run(['conversations', 'list', '--state', 'PENDING_HUMAN']);
      expect(waiting.out).toMatch(/^ID +STATE .*\nwaiting +PENDING_HUMAN/);
      expect(waiting.out).not.toContain('answered');

      const shown = await run(['conversations', 'show', 'answered']);
      expect(shown.out).toMatch(/state +FINISHED/);
      expect(shown.out).toMatch(/user +How long do I have to return an item\?/);
      expect(shown.out).toMatch(/assistant +From our help pages/);

      interface Step {
        readonly type: string;
        readonly changes: readonly { readonly path: string; readonly from: unknown; readonly to: unknown }[];
      }
      const steps = await ask<Step[]>('conversations', 'replay', 'waiting');
      const handedOver = steps.find(({ type }) => type === 'conversation.handed_over');
      expect(handedOver?.changes).toContainEqual({
        path: 'state',
        from: 'AI_PROCESSING',
        to: 'PENDING_HUMAN',
      });
      const replayed = await run(['conversations', 'replay', 'answered']);
      expect(replayed.out).toContain('state: NEW → AI_PROCESSING');
      expect(replayed.out).toMatch(/what is shown is their fold\n$/);
      expect(await ask<Step[]>('conversations', 'replay', 'answered', '--to', '2')).toHaveLength(2);

      const events = await run(['events', 'answered', '--type', 'turn_completed', '--json']);
      expect(JSON.parse(events.out)).toMatchObject({
        type: 'conversation.turn_completed',
        data: { sink: 'FINISH' },
      });
      expect((await run(['events', 'answered'])).out).toMatch(/^v1 .*conversation\.started/);
    },
    4 * MINUTES,
  );

  it(
    'says of a read model that it is not the fold of its log',
    async () => {
      await database.query(
        `UPDATE orchestrator.conversations SET turn_count = 7 WHERE conversation_id = 'answered'`,
      );
      const drifted = await run(['conversations', 'replay', 'answered']);
      expect(drifted).toMatchObject({ code: 1 });
      expect(drifted.err).toContain('turn_count');
      expect(await run(['rebuild', 'conversations'])).toMatchObject({ code: 0 });
      expect(await run(['conversations', 'replay', 'answered'])).toMatchObject({ code: 0, err: '' });
    },
    4 * MINUTES,
  );

  it(
    'follows one conversation, and all that staff are told',
    async () => {
      const staff = start(['conversations', 'tail', '--json']);
      const one = start(['conversations', 'tail', 'answered', '--count', '3']);
      await Promise.all([staff.says('connected'), one.says('connected')]);
      await say(client, 'answered', 'What payment methods do you accept?');
      const { code, out } = await one.ended;
      expect(code).toBe(0);
      expect(out).toMatch(/conversation\.message_received[^]*conversation\.turn_started/);
      await staff.says('"conversation_id":"answered"');
      // Ctrl-C is how it ends.
      staff.child.kill('SIGINT');
      expect(await staff.ended).toMatchObject({ code: 0 });
    },
    6 * MINUTES,
  );

  it(
    'shows who waits and who answers, and lets people in and out',
    async () => {
      expect(await ask('queue')).toMatchObject([{ conversation_id: 'waiting', position: 1 }]);
      expect((await run(['queue'])).out).toMatch(/1 +waiting +NORMAL/);
      const watching = start(['queue', 'watch', '--count', '2', '--json']);
      await watching.says('connected');
      expect((await run(['agents', 'online', 'ana'])).out).toBe('ana is ONLINE\n');
      const { code, out } = await watching.ended;
      expect(code).toBe(0);
      expect(
        out
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as unknown[]).length),
      ).toEqual([1, 1]);
      expect((await run(['agents', 'list'])).out).toMatch(/ana +Ana +agent +ONLINE.*billing=3/);

      const token = await run(['agents', 'token', 'ana']);
      const asAna = { BATON_API_KEY: token.out.trim() };
      expect((await run(['queue'], asAna)).out).toContain('waiting');
      expect((await run(['agents', 'offline', 'ana'], asAna)).out).toBe('ana is OFFLINE\n');
    },
    6 * MINUTES,
  );

  it(
    'has the other commands too, with their own arguments',
    async () => {
      expect(await run(['dlq', 'list', '--all'])).toEqual({ code: 0, out: 'No dead letters.\n', err: '' });
      expect(await run(['dlq', 'drop', 'memory-worker/1'])).toMatchObject({ code: 2 });
      expect((await run(['dlq', '--help'])).out).toContain('replay <id>');
      const valid = await run(['workflow', 'validate', 'config/workflows/simple_qa.yaml']);
      expect(valid.code).toBe(0);
      expect(await run(['rebuild', 'everything'])).toMatchObject({ code: 1 });
    },
    4 * MINUTES,
  );

  it(
    'says in one line what is wrong, and ends with a code that says so',
    async () => {
      const wrong = async (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran> => {
        const ran = await run(args, env);
        expect(ran.out).toBe('');
        expect(ran.err).not.toMatch(/\n {4}at /);
        return ran;
      };
      expect(await wrong(['conversations', 'show', 'nobody'])).toMatchObject({ code: 1 });
      const stranger = await wrong(['queue'], { BATON_API_KEY: 'not-a-key-of-this-baton' });
      expect(stranger).toMatchObject({ code: 1, err: expect.stringContaining('BATON_API_KEY') });
      expect(stranger.err).not.toContain('not-a-key-of-this-baton');
      const nowhere = await wrong(['queue'], { BATON_URL: 'http://127.0.0.1:9' });
      expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('start it with npm start') });
      expect(await wrong(['conversations', 'list', '--state', 'ASLEEP'])).toMatchObject({ code: 2 });
      expect(await wrong(['agent'])).toMatchObject({ code: 2, err: expect.stringContaining('agents') });
      const help = await run(['conversations', 'replay', '--help']);
      expect(help).toMatchObject({ code: 0, out: expect.stringContaining('Examples:') });
    },
    6 * MINUTES,
  );

  it(
    'doctor finds everything well, and whatever is not, with how to mend it',
    async () => {
      interface Report {
        readonly healthy: boolean;
        readonly checks: readonly Checked[];
      }
      const well = await run(['doctor', '--json']);
      const report = JSON.parse(well.out) as Report;
      expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(well).toMatchObject({ code: 0, err: '' });
      expect(new Set(report.checks.map(({ area }) => area))).toEqual(
        new Set([
          'machine',
          'PostgreSQL',
          'NATS',
          'Redis',
          'gateway',
          'services',
          'settings',
          'secrets',
          'files',
          'models',
        ]),
      );
      expect(well.out).not.toContain(readFileSync(join(baton.dataDir, 'secret'), 'utf8').trim());

      await database.query('ALTER TABLE queue_manager.offers NO FORCE ROW LEVEL SECURITY');
      await database.query('ALTER ROLE baton_llm_router CREATEDB');
      const broken = join(folder, 'workflows');
      cpSync('config/workflows', broken, { recursive: true });
      appendFileSync(join(broken, 'simple_qa.yaml'), '\nnodes: [\n');
      const ill = await run(['doctor'], {
        BATON_SECRET: 'aaaaaaaaaaaaaaaaaaaaaaaa',
        BATON_TURN_CONCURRENCY: 'many',
        BATON_WORKFLOWS_DIR: broken,
        REDIS_URL: 'redis://:hush-hush@127.0.0.1:9',
        OPENAI_API_KEY: 'sk-hush-hush',
        OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
      });
      await database.query('ALTER TABLE queue_manager.offers FORCE ROW LEVEL SECURITY');
      await database.query('ALTER ROLE baton_llm_router NOCREATEDB');
      expect(ill.code).toBe(1);
      for (const failure of [
        /FAIL {2}PostgreSQL, row-level security: queue_manager\.offers: not forced\n +→ ALTER TABLE/,
        /FAIL {2}PostgreSQL, roles: baton_llm_router/,
        /FAIL {2}Redis, reachable[^]*→ look at REDIS_URL/,
        /FAIL {2}settings, orchestrator: .*BATON_TURN_CONCURRENCY/,
        /FAIL {2}secrets, BATON_SECRET: .*can be guessed/,
        /FAIL {2}secrets, data keys: the secret does not open/,
        /FAIL {2}files, workflows: .*simple_qa\.yaml/,
        /FAIL {2}models, openai: it does not answer/,
      ])
        expect(ill.out).toMatch(failure);
      expect(`${ill.out}${ill.err}`).not.toContain('hush-hush');
      expect(ill.err).toMatch(/^8 of \d+ checks failed\n$/);
    },
    4 * MINUTES,
  );

  describe('backup and restore', () => {
    let backup: string;
    let before: { memories: number; ledger: number };

    beforeAll(async () => {
      backup = join(folder, 'monday');
      // Accepted and in the log; what tells the turn's worker of it is still in the outbox.
      await holdBackRelay();
      await client.conversations.send({
        conversation_id: 'unanswered',
        message: 'What payment methods do you accept?',
        sender_type: 'user',
      });
      before = {
        memories: await count('memory_worker.memories'),
        ledger: await count('llm_router.llm_calls'),
      };
      const made = await run(['backup', '--to', backup]);
      expect(made).toMatchObject({ code: 0 });
      expect(made.out).toMatch(/^backup_\w+: \d+ tables, \d+ rows in /);
    }, 3 * MINUTES);

    /** From here on no event leaves the orchestrator's outbox. */
    const holdBackRelay = async (): Promise<void> => {
      await database.query(
        `UPDATE orchestrator.relay_leases SET holder = 'elsewhere', expires_at = 'infinity'`,
      );
      const { rows } = await database.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
      await waitFor(
        async () =>
          (
            await database.query('SELECT 1 FROM orchestrator.relay_members WHERE seen_at > $1', [
              rows[0]?.now,
            ])
          ).rowCount,
        { what: 'the relay to hear that it has nothing to publish', timeoutMs: 60_000 },
      );
    };
    const count = async (table: string, where: pg.Client = database): Promise<number> =>
      Number((await where.query<{ count: string }>(`SELECT count(*) FROM ${table}`)).rows[0]?.count);

    it(
      'writes nothing that can be read without the keys, and the keys apart',
      async () => {
        expect(statSync(`${backup}.keys`).mode & 0o777).toBe(0o600);
        const files = [
          `${backup}.keys`,
          join(backup, 'manifest.json'),
          ...readdirSync(join(backup, 'tables')).map((name) => join(backup, 'tables', name)),
        ];
        const secret = readFileSync(join(baton.dataDir, 'secret'), 'utf8').trim();
        for (const file of files) {
          const content = readFileSync(file, 'latin1');
          expect(content).not.toContain(secret);
          expect(content).not.toContain('payment methods');
        }
        const again = await run(['backup', '--to', backup]);
        expect(again).toMatchObject({ code: 1, err: expect.stringContaining('is not empty') });
        const unsealed = await run(['backup', '--to', join(folder, 'unsealed')], {
          BATON_BACKUP_PASSPHRASE: '',
        });
        expect(unsealed).toMatchObject({ code: 1, err: expect.stringContaining('passphrase') });
      },
      4 * MINUTES,
    );

    it(
      'only looks, with keys of a later day: what was erased since stays erased, and is named',
      async () => {
        await client.api.DELETE('/api/v1/conversations/{id}', { params: { path: { id: 'regretted' } } });
        const later = join(folder, 'tuesday');
        expect(await run(['backup', '--to', later])).toMatchObject({ code: 0 });
        const seen = await run([
          'restore',
          '--from',
          backup,
          '--keys',
          `${later}.keys`,
          '--verify-only',
          '--json',
        ]);
        expect(seen).toMatchObject({ code: 0 });
        expect(JSON.parse(seen.out)).toMatchObject({
          differences: [],
          eraseAgain: [{ tenant_id: 'default', conversation_id: 'regretted' }],
          next: 'Nothing was kept',
        });
      },
      5 * MINUTES,
    );

    it(
      'refuses another passphrase, a file that was changed, and a database that holds something',
      async () => {
        const elsewhere = { BATON_DATA_DIR: join(folder, 'refused') };
        const stranger = await run(['restore', '--from', backup], {
          ...elsewhere,
          BATON_BACKUP_PASSPHRASE: 'a horse that is not',
        });
        expect(stranger).toMatchObject({
          code: 1,
          err: expect.stringContaining('the passphrase is another'),
        });
        const changed = join(folder, 'changed');
        cpSync(backup, changed, { recursive: true });
        const log = join(changed, 'tables', 'orchestrator.events.copy.gz.sealed');
        const bytes = readFileSync(log);
        bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
        writeFileSync(log, bytes);
        const forged = await run(['restore', '--from', changed, '--keys', `${backup}.keys`], elsewhere);
        expect(forged).toMatchObject({
          code: 1,
          err: expect.stringContaining('orchestrator.events was changed'),
        });
        const occupied = await run(['restore', '--from', backup], {
          DATABASE_URL: baton.servers.postgres.url,
          BATON_SECRET: readFileSync(join(baton.dataDir, 'secret'), 'utf8').trim(),
        });
        expect(occupied).toMatchObject({ code: 1, err: expect.stringContaining('holds a Baton already') });
        const otherBus = await run(['restore', '--from', backup], {
          DATABASE_URL: baton.servers.postgres.url,
          NATS_URL: baton.servers.nats.url,
        });
        expect(otherBus).toMatchObject({ code: 1, err: expect.stringContaining('events of another life') });
        const keyless = await run(['restore', '--from', backup], {
          DATABASE_URL: baton.servers.postgres.url,
        });
        expect(keyless).toMatchObject({ code: 1, err: expect.stringContaining('--secrets-to') });
      },
      4 * MINUTES,
    );

    it(
      'knows a restore that was killed, does it again, and goes on where yesterday ended',
      async () => {
        const dataDir = join(folder, 'restored');
        const restore = ['restore', '--from', backup];
        const killed = start(restore, { BATON_DATA_DIR: dataDir });
        await killed.says('Telling conversations again');
        killed.child.kill('SIGKILL');
        await killed.ended;
        const refused = await run(restore, { BATON_DATA_DIR: dataDir });
        expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('half restored') });
        await expect(startBaton({ dataDir })).rejects.toThrow('half restored');
        const done = await run([...restore, '--force', '--json'], { BATON_DATA_DIR: dataDir });
        expect(done).toMatchObject({ code: 0 });
        expect(JSON.parse(done.out)).toMatchObject({ differences: [], eraseAgain: [] });

        const restored = await startBaton({ dataDir });
        const its = new pg.Client(restored.servers.postgres.url);
        try {
          await its.connect();
          const there = createClient({ baseUrl: restored.url, token: restored.apiKey });
          await waitFor(async () => (await there.conversations.get('unanswered')).state === 'FINISHED', {
            what: 'the message that nobody had answered to be answered',
            timeoutMs: 120_000,
          });
          await waitFor(async () => (await count('orchestrator.outbox', its)) === 0, {
            what: 'the outbox to be published',
            timeoutMs: 60_000,
          });
          const transcript = [];
          for await (const { role } of there.conversations.messages('unanswered')) transcript.push(role);
          expect(transcript).toEqual(['user', 'assistant']);
          const yesterday = [];
          for await (const { role } of there.conversations.messages('answered')) yesterday.push(role);
          expect(yesterday).toEqual(['user', 'assistant', 'user', 'assistant']);
          expect(await there.staff.queue()).toMatchObject([{ conversation_id: 'waiting' }]);
          await expect(there.conversations.get('erased')).rejects.toMatchObject({ code: 'erased' });
          expect(await say(there, 'answered', 'Do you ship abroad?')).toContain('From our help pages');
          expect(await count('memory_worker.memories', its)).toBeGreaterThanOrEqual(before.memories);
          expect(await count('llm_router.llm_calls', its)).toBeGreaterThanOrEqual(before.ledger);
          const analyticsOf = (where: pg.Client): Promise<pg.QueryResult> =>
            where.query(
              `SELECT turns, customer_messages, ai_messages, handovers,
                      (SELECT jsonb_agg(to_jsonb(m) ORDER BY model) FROM memory_worker.conversation_model_costs m
                        WHERE m.conversation_id = a.conversation_id) AS costs
                 FROM memory_worker.conversation_analytics a WHERE conversation_id = 'waiting'`,
            );
          await waitFor(
            async () => {
              const [then, now] = await Promise.all([analyticsOf(database), analyticsOf(its)]);
              return then.rows.length === 1 && JSON.stringify(then.rows) === JSON.stringify(now.rows);
            },
            { what: 'analytics to be what they were', timeoutMs: 120_000 },
          );
          const healthy = await run(['doctor', '--json'], { BATON_DATA_DIR: dataDir });
          expect(healthy).toMatchObject({ code: 0 });
        } finally {
          await its.end();
          await restored.stop();
        }
      },
      10 * MINUTES,
    );
  });
});
