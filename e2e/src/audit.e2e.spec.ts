import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Page } from '@baton/contracts';
import { findCheckout, type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';
import pg from 'pg';

import { Api } from './api.js';

const execute = promisify(execFile);
const LONG = { timeoutMs: 120_000 };

interface Row {
  readonly audit_id: string;
  readonly actor: { readonly type: string; readonly id: string; readonly role: string | null };
  readonly action: string;
  readonly object: { readonly type: string; readonly id: string };
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly digest: string | null;
}

describe('the audit trail of a running Baton', () => {
  let baton: RunningBaton;
  let superuser: pg.Client;
  let api: Api;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-audit-'));
    baton = await startBaton();
    superuser = new pg.Client(baton.servers.postgres.url);
    await superuser.connect();
    api = new Api(baton.url, baton.apiKey);
  }, 180_000);
  afterAll(async () => {
    await superuser?.end();
    await baton?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** `npm run audit -- …` on the running system, as an operator has it. */
  const audit = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const file = join(findCheckout(), 'tools', 'dist', 'audit', 'main.js');
    const env = { ...process.env, BATON_DATA_DIR: baton.dataDir, DATABASE_URL: '', BATON_SECRET: '' };
    try {
      const { stdout, stderr } = await execute(process.execPath, [file, ...args], { env });
      return { code: 0, out: stdout, err: stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, err: stderr };
    }
  };
  const rows = async (query: string): Promise<readonly Row[]> =>
    (await api.get<Page<Row>>(`/api/v1/audit?limit=200&order=asc&${query}`)).body.items;
  /** Past the triggers, as whoever owns the server can. */
  const behindTheBack = async (sql: string): Promise<void> => {
    await superuser.query('SET session_replication_role = replica');
    await superuser.query(sql);
    await superuser.query('SET session_replication_role = origin');
  };

  it('tells a conversation from who was asked to who ended it, each once, and who looked at it', async () => {
    const ana = await api.agent('ana', { skills: {} });
    await api.say('audited', 'My name is Wilhelmina and I want to talk to a person');
    const offer = await api.offer('ana', 'audited');
    await ana.post(`/api/v1/offers/${offer.offer_id}/accept`);
    expect((await ana.get('/api/v1/conversations/audited/messages')).status).toBe(200);
    expect((await ana.get('/api/v1/audit')).status).toBe(403);
    await ana.post('/api/v1/hil/message', {
      conversation_id: 'audited',
      message: 'Hello Wilhelmina',
      sender_type: 'human_agent',
    });
    await ana.post('/api/v1/hil/resolve/audited', { outcome: 'RESOLVED', resolution: 'Wilhelmina is happy' });

    const told = [
      'conversation.handed_over',
      'queue_item.offer_accepted',
      'conversation.assigned',
      'conversation.messages_viewed',
      'conversation.human_message_sent',
      'conversation.resolved',
    ];
    let found: readonly Row[] = [];
    await waitFor(
      async () => {
        found = await rows('object=conversation:audited');
        return told.every((action) => found.some((row) => row.action === action));
      },
      { what: 'the whole story', ...LONG },
    );
    for (const action of told) expect(found.filter((row) => row.action === action)).toHaveLength(1);
    expect(found.find(({ action }) => action === 'conversation.messages_viewed')?.actor).toEqual({
      type: 'human_agent',
      id: 'ana',
      role: 'agent',
    });
    const refused = async (): Promise<readonly Row[]> => rows('actor=human_agent:ana&outcome=REFUSED');
    await waitFor(async () => (await refused()).length > 0, { what: 'the refusal', ...LONG });
    expect(await refused()).toMatchObject([{ action: 'audit.listed' }]);
    expect(JSON.stringify(await rows(''))).not.toContain('Wilhelmina');
    // Erased, what it says is as lawful as before: ids and codes.
    await api.call('DELETE', '/api/v1/conversations/audited');
    await waitFor(
      async () => (await rows('object=conversation:audited&action=conversation.erased')).length === 1,
      {
        what: 'the erasure',
        ...LONG,
      },
    );
  }, 180_000);

  it('tells who agreed to what, and that it was done, under one digest', async () => {
    const lena = await api.agent('lena', { role: 'admin', skills: {} });
    const asked = await api.post<{ approval_id: string }>('/api/v1/tools/orders.refund/execute', {
      args: { order_id: '1001', amount: 20 },
    });
    expect(asked.status).toBe(202);
    const { approval_id } = asked.body;
    const approval = await lena.get<{ action_digest: string }>(`/api/v1/approvals/${approval_id}`);
    const decided = await lena.post(`/api/v1/approvals/${approval_id}/decision`, { decision: 'APPROVE' });
    expect(decided.status).toBe(200);
    // What was looked at comes a moment later than what was done.
    const told = async (query: string, action: string): Promise<readonly Row[]> => {
      let found: readonly Row[] = [];
      await waitFor(async () => (found = await rows(query)).some((row) => row.action === action), {
        what: action,
        ...LONG,
      });
      return found;
    };
    const approved = `object=approval:${approval_id}`;
    await told(approved, 'approval.executed');
    const story = await told(approved, 'approval.viewed');
    const of = (action: string): Row | undefined => story.find((row) => row.action === action);
    expect(of('approval.requested')?.digest).toBe(approval.body.action_digest);
    expect(of('approval.decided')).toMatchObject({
      actor: { type: 'human_agent', id: 'lena', role: 'admin' },
      details: { decision: 'APPROVE' },
      digest: approval.body.action_digest,
    });
    expect(of('approval.viewed')?.actor.id).toBe('lena');
    const ran = await told('action=run.tool_started', 'run.tool_started');
    expect(ran).toMatchObject([{ details: { tool: 'orders.refund', approval_id } }]);
    expect(ran[0]?.digest).toBe(approval.body.action_digest);
    const who = await told('action=tool.executed', 'tool.executed');
    expect(who).toMatchObject([
      { actor: { id: 'key_first' }, object: { type: 'tool', id: 'orders.refund' } },
    ]);
  }, 180_000);

  it('is verified from the command line, which finds what somebody changed in the database', async () => {
    // As if it had happened ten minutes ago: no test waits for a minute to end.
    await behindTheBack(`BEGIN;
      SELECT pg_advisory_xact_lock(hashtext('gateway.audit'), hashtext('default'));
      DELETE FROM gateway.audit_roots;
      UPDATE gateway.audit_log SET recorded_at = recorded_at - interval '10 minutes';
      COMMIT`);
    const sealed = async (): Promise<boolean> =>
      (await superuser.query('SELECT 1 FROM gateway.audit_roots')).rows.length > 0 &&
      (await audit('verify')).code === 0;
    await waitFor(sealed, { what: 'the minutes to be sealed', ...LONG });
    const sound = await audit('verify');
    expect(sound.out).toMatch(/^default: nothing was changed\. \d+ rows under \d+ roots/);

    const exported = await audit('export', '--action', 'conversation', '--by', 'the auditor');
    expect(exported.out.trim().split('\n').length).toBeGreaterThan(5);
    expect(await rows('actor=operator:*')).toMatchObject([{ action: 'audit.exported' }]);

    const kept = join(folder, 'roots.ndjson');
    await writeFile(kept, (await audit('roots')).out);
    const [assigned] = await rows('action=conversation.assigned');
    const id = assigned?.audit_id ?? '';
    // What is proven needs nothing of Baton's to be checked.
    const files = await Promise.all(
      [`/${id}`, `/${id}/proof`].map(async (path, index) => {
        const file = join(folder, `${index}.json`);
        await writeFile(file, JSON.stringify((await api.get(`/api/v1/audit${path}`)).body));
        return file;
      }),
    );
    const { root } = JSON.parse(await readFile(files[1] as string, 'utf8')) as { root: object };
    const rootFile = join(folder, 'root.json');
    const example = join(findCheckout(), 'docs', 'examples', 'verify-audit-proof.mjs');
    const check = async (): Promise<string> =>
      (await execute(process.execPath, [example, ...files, rootFile])).stdout;
    await writeFile(rootFile, JSON.stringify(root));
    expect(await check()).toMatch(/ is in root \d+/);
    await writeFile(rootFile, JSON.stringify({ ...root, size: 1_000 }));
    await expect(check()).rejects.toThrow();

    await behindTheBack(`UPDATE gateway.audit_log SET actor_id = 'bob' WHERE audit_id = '${id}'`);
    const altered = await audit('verify', '--json');
    expect(altered.code).toBe(1);
    expect(JSON.parse(altered.out)).toMatchObject({
      sound: false,
      tenants: [{ tenant_id: 'default', findings: [{ kind: 'row-altered', audit_id: id }] }],
    });
    expect((await audit('verify')).out).toContain(`row-altered  ${id}, minute `);

    // All of it, roots and rows: only what was kept elsewhere knows.
    await behindTheBack(`BEGIN;
      SELECT pg_advisory_xact_lock(hashtext('gateway.audit'), hashtext('default'));
      DELETE FROM gateway.audit_log;
      DELETE FROM gateway.audit_roots;
      COMMIT`);
    expect((await audit('verify')).code).toBe(0);
    const gone = await audit('verify', '--roots', kept);
    expect(gone.code).toBe(1);
    expect(gone.out).toMatch(/root-(removed|differs)/);
    expect((await audit('verify', '--what')).code).toBe(2);
  }, 180_000);
});
