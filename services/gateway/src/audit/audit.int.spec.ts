import {
  type ConversationView,
  conversationRequests,
  eventDefinition,
  logRequests,
  type LogPage,
  type RecordedEvent,
  subjects,
  workflowRequests,
} from '@baton/contracts';
import { seal } from '@baton/event-store';
import { Database, deriveKey } from '@baton/service';
import { waitFor } from '@baton/testkit';
import pg from 'pg';

import { FIRST_KEY, playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { RouteTable } from '../auth/route-table.js';
import { DATA_KEY } from '../testing/played-log.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';
import type { AuditRecord } from './audit-entry.js';
import { AUDITED_ROUTES, NOT_AUDITED } from './audited-routes.js';
import { AuditRootRepository } from './audit-root.repository.js';
import { leafOf } from './audit.rows.js';
import { LogCollector } from './log-collector.js';
import { rootOfPath } from './merkle.js';
import { ROOT_KEY_LABEL, Sealer } from './sealer.js';
import type { Verdict } from './verify/finding.js';
import type { KeptRoot } from './verify/kept-roots.js';
import { TenantVerification } from './verify/verify-tenant.js';

const LONG = { timeoutMs: 60_000 };

describe('the audit trail', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  let superuser: pg.Client;
  /** The orchestrator's log, as it is read. */
  const log: RecordedEvent[] = [];

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    playAgents(services);
    const empty: LogPage = { events: [], next: null, isEnd: true };
    services.on(logRequests.orchestrator, ({ log: asked, limit }) => {
      if (!asked) return empty;
      const after = Number(asked.after ?? 0);
      const events = log.slice(after, after + limit).filter(({ type }) => asked.types?.includes(type));
      return {
        events,
        next: String(Math.min(after + limit, log.length)),
        isEnd: after + limit >= log.length,
      };
    });
    services.on(logRequests.queueManager, () => empty);
    services.on(logRequests.memoryWorker, () => empty);
    services.on(conversationRequests.dataKey, ({ key_id }) =>
      key_id === 'conversation/erased'
        ? { erased: true as const }
        : { key: DATA_KEY.export().toString('base64') },
    );
    services.on(
      conversationRequests.get,
      ({ conversation_id }) => ({ conversation_id }) as unknown as ConversationView,
    );
    gateway = await TestGateway.start(servers, { BATON_HTTP_ALLOW: '127.0.0.1:9' });
    superuser = new pg.Client(servers.database.url);
    await superuser.connect();
  });
  afterAll(async () => {
    await superuser?.end();
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const rows = async (query = '', token?: string): Promise<AuditRecord[]> => {
    const answer = await gateway.call('GET', `/api/v1/audit?limit=200&${query}`, token ? { token } : {});
    expect(answer.status).toBe(200);
    return answer.body.items as AuditRecord[];
  };
  const until = async (query: string, count = 1): Promise<AuditRecord[]> => {
    let found: AuditRecord[] = [];
    await waitFor(async () => (found = await rows(query)).length >= count, { what: query, ...LONG });
    return found;
  };
  const ticket = async (token: string): Promise<string> =>
    (await gateway.call('POST', '/api/v1/ws-tickets', { token })).body.ticket as string;
  /** Past the triggers, as whoever owns the server can. */
  const behindTheBack = async (sql: string, params: unknown[] = []): Promise<void> => {
    await superuser.query('SET session_replication_role = replica');
    try {
      await superuser.query(sql, params);
    } finally {
      await superuser.query('SET session_replication_role = origin');
    }
  };
  const event = (id: string, type: string, over: Partial<RecordedEvent>): RecordedEvent => ({
    event_id: id,
    tenant_id: 'default',
    stream_type: type.slice(0, type.indexOf('.')),
    stream_id: 'stream_1',
    version: 1,
    type,
    schema_version: 1,
    data: eventDefinition(type)?.example as RecordedEvent['data'],
    metadata: { actor: { type: 'human_agent', id: 'lena', role: 'senior' } },
    occurred_at: '2026-11-22T10:00:00.000Z',
    ...over,
  });

  describe('of what people do at the gateway', () => {
    it('holds who made and deleted keys, tenants and webhooks, in the transaction that did it', async () => {
      const key = await gateway.call('POST', '/api/v1/api-keys', {
        body: { name: 'Shop', scopes: ['staff'] },
        headers: { 'x-request-id': 'req-of-mine', 'idempotency-key': 'once' },
      });
      await gateway.call('POST', '/api/v1/api-keys', {
        body: { name: 'Shop', scopes: ['staff'] },
        headers: { 'idempotency-key': 'once' },
      });
      const id = key.body.key_id as string;
      await gateway.call('DELETE', `/api/v1/api-keys/${id}`);
      const made = await rows(`object=api_key:${id}&order=asc`);
      expect(made.map(({ action }) => action)).toEqual(['api_key.created', 'api_key.deleted']);
      expect(made[0]).toMatchObject({
        actor: { type: 'api_key', id: 'key_first', role: null },
        object: { type: 'api_key', id },
        outcome: 'SUCCEEDED',
        details: { scopes: ['staff'] },
        request_id: 'req-of-mine',
        event_id: null,
      });
      expect(made[0]?.trace_id).toMatch(/^[0-9a-f]{32}$/);
      expect(JSON.stringify(made)).not.toContain(key.body.api_key);

      const tenant = await gateway.call('POST', '/api/v1/tenants', { body: { name: 'Acme' } });
      expect(await rows(`object=${tenant.body.tenant_id}`)).toMatchObject([{ action: 'tenant.created' }]);
      expect(await rows('', tenant.body.api_key as string)).toEqual([]);

      const url = 'http://127.0.0.1:9/hook?secret=word';
      const created = await gateway.call('POST', '/api/v1/webhooks', { body: { url } });
      expect(created).toMatchObject({ status: 201 });
      const hook = created.body.webhook_id as string;
      await gateway.call('PATCH', `/api/v1/webhooks/${hook}`, { body: { status: 'DISABLED' } });
      await gateway.call('POST', `/api/v1/webhooks/${hook}/rotate-secret`, { body: {} });
      await gateway.call('DELETE', `/api/v1/webhooks/${hook}`);
      await gateway.call('DELETE', `/api/v1/webhooks/${hook}`);
      const hooks = await rows(`object=webhook:${hook}&action=webhook&order=asc`);
      expect(hooks.map(({ action }) => action)).toEqual([
        'webhook.created',
        'webhook.changed',
        'webhook.secret_rotated',
        'webhook.deleted',
      ]);
      expect(JSON.stringify(hooks)).not.toContain('word');
    });

    it('holds who changed a workflow before the change is answered, with what it became', async () => {
      services.on(workflowRequests.put, () => ({ name: 'w', version: 3, digest: 'd1' }) as never);
      const answer = await gateway.call('PUT', '/api/v1/workflows/w', {
        raw: 'name: w',
        headers: { 'content-type': 'application/yaml' },
      });
      expect(answer.status).toBe(200);
      expect(await rows('object=workflow:w')).toMatchObject([
        { action: 'workflow.changed', details: { version: 3, digest: 'd1' } },
      ]);
    });

    it('holds who saw a conversation, once a minute, and not that its customer did', async () => {
      const ana = await gateway.staffToken('agent_ana');
      for (let look = 0; look < 3; look += 1)
        await gateway.call('GET', '/api/v1/conversations/conv_seen', { token: ana });
      const customer = await gateway.conversationToken('conv_seen');
      expect((await gateway.call('GET', '/api/v1/conversations/conv_seen', { token: customer })).status).toBe(
        200,
      );
      await gateway.call('GET', '/api/v1/conversations/conv_seen');
      const seen = await until('object=conversation:conv_seen', 2);
      expect(seen.map(({ actor, action }) => [actor, action]).sort()).toEqual([
        [{ type: 'api_key', id: 'key_first', role: null }, 'conversation.viewed'],
        [{ type: 'human_agent', id: 'agent_ana', role: 'agent' }, 'conversation.viewed'],
      ]);
      expect(await rows('actor=human_agent:agent_ana')).toMatchObject([{ conversation_id: 'conv_seen' }]);
    });

    it('holds that a live stream was opened when it is, not when it ends', async () => {
      const bob = await gateway.staffToken('agent_bob');
      const ending = new AbortController();
      const stream = await fetch(`${gateway.url}/api/v1/conversations/conv_live/events`, {
        headers: { authorization: `Bearer ${bob}`, accept: 'text/event-stream' },
        signal: ending.signal,
      });
      expect(stream.status).toBe(200);
      await until('actor=agent_bob&action=conversation.events_viewed');
      ending.abort();
      const socket = new WebSocket(
        `${gateway.url.replace('http', 'ws')}/ws/staff?ticket=${await ticket(bob)}`,
      );
      await until('actor=agent_bob&action=staff_stream.opened');
      socket.close();
      expect(await rows('actor=agent_bob&action=staff_stream.ticket_created')).toHaveLength(1);
    });

    it('holds who was refused, and what, and nothing of a search but that there was one', async () => {
      const ana = await gateway.staffToken('agent_mia');
      expect((await gateway.call('GET', '/api/v1/audit', { token: ana })).status).toBe(403);
      expect((await gateway.call('DELETE', '/api/v1/api-keys/%F0%9F%94%91', { token: ana })).status).toBe(
        403,
      );
      services.on(conversationRequests.list, () => ({ items: [], next_cursor: null }));
      await gateway.call('GET', '/api/v1/conversations?q=my%20illness&state=NEW', { token: ana });
      const mine = await until('actor=agent_mia&order=asc', 3);
      expect(mine.map(({ action, outcome, object }) => [action, outcome, object.id])).toEqual([
        ['audit.listed', 'REFUSED', '*'],
        ['api_key.deleted', 'REFUSED', 'no-id'],
        ['conversation.listed', 'SUCCEEDED', '*'],
      ]);
      expect(mine[2]?.details).toEqual({ filters: ['q'] });
      expect(await rows('actor=agent_mia&outcome=REFUSED&action=audit')).toHaveLength(1);
    });
  });

  it('says of every route with a token whether it is audited, and knows no route that there is not', () => {
    const guarded = gateway.app
      .get(RouteTable)
      .all()
      .filter(({ access }) => access !== undefined)
      .map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
    const changing = guarded.filter((route) => !route.startsWith('GET '));
    const said = new Set([...AUDITED_ROUTES.keys(), ...Object.keys(NOT_AUDITED)]);
    expect(changing.filter((route) => !said.has(route))).toEqual([]);
    expect([...said].filter((route) => !guarded.includes(route))).toEqual([]);
  });

  describe('of what happened', () => {
    it('holds each event once, however often the log is read, with digests and nothing that anybody said', async () => {
      const args = { order_id: '1001', note: 'for my ex-wife' };
      const started = (id: string, streamId: string, over: object = {}): RecordedEvent => {
        const keyId = streamId === 'run_erased' ? 'conversation/erased' : 'conversation/conv_7';
        const data = {
          ...event(id, 'run.tool_started', {}).data,
          args: seal(args, 'default', keyId, DATA_KEY),
        };
        return event(id, 'run.tool_started', {
          stream_id: streamId,
          data,
          metadata: {
            actor: { type: 'ai', id: 'run_7' },
            key_id: keyId,
            traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
          },
          ...over,
        });
      };
      log.push(
        started('e1', 'run_7'),
        started('e2', 'run_8'),
        started('e3', 'run_erased'),
        event('e4', 'approval.decided', { stream_id: 'appr_7' }),
        event('e5', 'conversation.turn_started', { stream_id: 'conv_7' }),
        event('e6', 'conversation.handed_over', { stream_id: 'conv_7' }),
        event('e7', 'human_agent.updated', { stream_id: 'lena' }),
      );
      services.bus.publish(subjects.catchUpPoke, {});
      const found = await until('object=conversation:conv_7', 3);
      expect(found.map(({ event_id }) => event_id).sort()).toEqual(['e1', 'e2', 'e6']);
      const [one, two] = [
        found.find((row) => row.event_id === 'e1'),
        found.find((row) => row.event_id === 'e2'),
      ];
      expect(one).toMatchObject({
        at: '2026-11-22T10:00:00.000Z',
        action: 'run.tool_started',
        actor: { type: 'ai', id: 'run_7' },
        object: { type: 'run', id: 'run_7' },
        details: { tool: 'orders.refund', call_id: 'c1' },
        trace_id: 'a'.repeat(32),
      });
      expect(one?.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(two?.digest).toBe(one?.digest);
      expect(await rows('object=run:run_erased')).toMatchObject([{ digest: null }]);
      expect(await rows('object=approval:appr_7')).toMatchObject([
        {
          actor: { type: 'human_agent', id: 'lena', role: 'senior' },
          details: { decision: 'APPROVE', status: 'APPROVED' },
          digest: '3b1f09',
        },
      ]);
      const all = JSON.stringify(await rows());
      for (const said of ['ex-wife', 'The photos show it', 'Asks about a return', 'cust_9'])
        expect(all).not.toContain(said);

      // From the start, as a version does that audits more.
      await superuser.query(`DELETE FROM gateway.watermarks WHERE consumer LIKE 'audit-%'`);
      const collector = gateway.app.get(LogCollector);
      log.push(event('e8', 'approval.executed', { stream_id: 'appr_7', version: 2 }));
      await waitFor(
        async () => {
          collector.collect();
          return (await rows('object=approval:appr_7')).length === 2;
        },
        { what: 'the log to be read anew', ...LONG },
      );
      const { rows: twice } = await superuser.query(
        'SELECT event_id FROM gateway.audit_log WHERE event_id IS NOT NULL GROUP BY event_id HAVING count(*) > 1',
      );
      expect(twice).toEqual([]);
    });
  });

  describe('to whoever reads it', () => {
    it('goes page by page, both ways, by time, and refuses what is no page or time', async () => {
      const all = await rows('order=asc');
      for (const order of ['asc', 'desc']) {
        const ids: string[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const before = encodeURIComponent(all.at(-1)?.at ?? '');
          const path: string = `/api/v1/audit?limit=3&order=${order}&to=${before}${cursor && `&cursor=${cursor}`}`;
          const { body } = await gateway.call('GET', path);
          ids.push(...(body.items as AuditRecord[]).map(({ audit_id }) => audit_id));
          cursor = body.next_cursor as string | null;
        }
        const expected = all.filter(({ at }) => at < (all.at(-1)?.at ?? '')).map(({ audit_id }) => audit_id);
        expect(ids).toEqual(order === 'asc' ? expected : expected.toReversed());
      }
      expect(
        await rows('to=2026-11-22T10:00:00.001Z&from=2026-11-22T10:00:00.000Z&action=approval'),
      ).toHaveLength(2);
      for (const bad of ['cursor=nonsense', 'from=yesterday', 'outcome=MAYBE', 'limit=0', 'from=2026-13-45'])
        expect((await gateway.call('GET', `/api/v1/audit?${bad}`)).status).toBe(400);
      expect((await gateway.call('GET', '/api/v1/audit/aud_nothing')).status).toBe(404);
    });

    it('is exported as a row a line or as a table, and that is in it before a byte of it is sent', async () => {
      const ndjson = await fetch(`${gateway.url}/api/v1/audit/export?object=approval:appr_7`, {
        headers: { authorization: `Bearer ${FIRST_KEY}` },
      });
      expect(ndjson.headers.get('content-type')).toContain('application/x-ndjson');
      const lines = (await ndjson.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as AuditRecord);
      expect(lines).toEqual(await rows('object=approval:appr_7&order=asc'));
      const csv = await gateway.call('GET', '/api/v1/audit/export', { headers: { accept: 'text/csv' } });
      expect(csv.headers.get('content-type')).toContain('text/csv');
      const table = csv.text.split('\r\n');
      expect(table[0]).toMatch(/^audit_id,tenant_id,recorded_at,at,actor_type/);
      expect(table.some((line) => line.includes('approval.decided'))).toBe(true);
      const exports = await rows('action=audit.exported&order=asc');
      expect(exports.map(({ details }) => details)).toMatchObject([
        { format: 'ndjson', filters: ['object'] },
        { format: 'csv', filters: [] },
      ]);
      expect(csv.text).toContain(exports[0]?.audit_id);
    });
  });

  describe('against whoever would change it', () => {
    const roots = (): AuditRootRepository => gateway.app.get(AuditRootRepository);
    const verify = (
      options: { from?: Date; to?: Date; kept?: KeptRoot[]; secret?: string } = {},
    ): Promise<Verdict> => {
      const { secret = gateway.config.BATON_SECRET, ...more } = options;
      const key = deriveKey(secret, ROOT_KEY_LABEL);
      return new TenantVerification('default', roots(), { ...more, key }).run(gateway.app.get(Database));
    };
    const kinds = ({ findings }: Verdict): string[] => findings.map(({ kind }) => kind);
    /** Changes something, expects that it is found, and puts it back. */
    const tampered = async (sql: string, check: (verdict: Verdict) => void, options = {}): Promise<void> => {
      const tables = ['audit_log', 'audit_roots'];
      for (const table of tables)
        await behindTheBack(`CREATE TABLE public.${table} AS TABLE gateway.${table}`);
      await behindTheBack(sql);
      const verdict = await verify(options);
      for (const table of tables) {
        await behindTheBack(`DELETE FROM gateway.${table}`);
        await behindTheBack(`INSERT INTO gateway.${table} SELECT * FROM public.${table}`);
        await behindTheBack(`DROP TABLE public.${table}`);
      }
      check(verdict);
      expect(kinds(await verify(options))).toEqual([]);
    };
    let kept: KeptRoot[];

    beforeAll(async () => {
      // No minute shall end meanwhile: it would have a root too.
      const seconds = async (): Promise<number> =>
        (await superuser.query<{ s: string }>('SELECT extract(second FROM now()) AS s')).rows.map(({ s }) =>
          Number(s),
        )[0] ?? 0;
      await waitFor(async () => (await seconds()) < 45, { what: 'the next minute', ...LONG });
      // As if it had all happened some minutes ago, in three of them, whatever was sealed already.
      await behindTheBack(`BEGIN;
        SELECT pg_advisory_xact_lock(hashtext('gateway.audit'), hashtext('default'));
        DELETE FROM gateway.audit_roots WHERE tenant_id = 'default';
        UPDATE gateway.audit_log a SET recorded_at = m.minute FROM (
          SELECT audit_id, date_trunc('minute', now()) - interval '10 minutes'
                   + (row_number() OVER (ORDER BY audit_id) % 3) * interval '1 minute' AS minute
            FROM gateway.audit_log WHERE tenant_id = 'default') m
         WHERE a.tenant_id = 'default' AND m.audit_id = a.audit_id;
        COMMIT`);
      const sealer = gateway.app.get(Sealer);
      await waitFor(
        async () => {
          await sealer.sealAll();
          return (await roots().list('default', {}, { after: 0, limit: 10 })).length >= 3;
        },
        { what: 'three roots', ...LONG },
      );
      // What is taken away below is not to be made anew while one looks.
      await sealer.beforeApplicationShutdown();
      kept = (await gateway.call('GET', '/api/v1/audit/roots')).body.items as KeptRoot[];
    });

    it('is never changed by the database itself, whoever asks', async () => {
      for (const table of ['audit_log', 'audit_roots'])
        for (const sql of [
          `UPDATE gateway.${table} SET tenant_id = tenant_id`,
          `DELETE FROM gateway.${table}`,
          `TRUNCATE gateway.${table}`,
        ]) {
          await expect(superuser.query(sql)).rejects.toThrow('append-only');
          await expect(gateway.app.get(Database).system(sql)).rejects.toThrow(/permission denied/);
        }
    });

    it('has chained roots, and proves a row to whoever has nothing but an export and a root', async () => {
      expect(kept.map(({ seq }) => seq)).toEqual([1, 2, 3]);
      const verdict = await verify({ kept });
      expect(verdict).toMatchObject({ roots: 3, findings: [], head: { seq: 3, hash: kept[2]?.hash } });
      const [row] = await rows('action=approval.decided');
      const proof = (await gateway.call('GET', `/api/v1/audit/${row?.audit_id}/proof`)).body;
      expect(proof).toMatchObject({ sealed: true, leaf_hash: leafOf(row as AuditRecord).toString('hex') });
      const path = (proof.audit_path as string[]).map((hash) => Buffer.from(hash, 'hex'));
      const place = { index: proof.leaf_index as number, size: proof.root.size as number };
      expect(rootOfPath(leafOf(row as AuditRecord), place, path)?.toString('hex')).toBe(proof.root.root_hash);
      expect(kept).toContainEqual(proof.root);
      // Of this very minute there is none yet.
      await gateway.call('POST', '/api/v1/api-keys', { body: { name: 'New', scopes: ['staff'] } });
      const [fresh] = await rows('action=api_key.created');
      const open = (await gateway.call('GET', `/api/v1/audit/${fresh?.audit_id}/proof`)).body;
      expect(open).toMatchObject({ sealed: false, root: null, audit_path: null });
    });

    const VICTIM = `(SELECT audit_id FROM gateway.audit_log WHERE action = 'approval.decided')`;

    it('shows an altered, a removed and an added row, and which it is', async () => {
      const [row] = await rows('action=approval.decided');
      const audit_id = row?.audit_id;
      await tampered(
        `UPDATE gateway.audit_log SET actor_id = 'somebody-else' WHERE audit_id = ${VICTIM}`,
        ({ findings }) =>
          expect(findings).toMatchObject([{ kind: 'row-altered', audit_id, minute: expect.any(String) }]),
      );
      await tampered(
        `UPDATE gateway.audit_log SET details = details || '{"decision": "REJECT"}' WHERE audit_id = ${VICTIM}`,
        ({ findings }) => expect(findings).toMatchObject([{ kind: 'row-altered', audit_id }]),
      );
      await tampered(`DELETE FROM gateway.audit_log WHERE audit_id = ${VICTIM}`, ({ findings }) =>
        expect(findings).toMatchObject([{ kind: 'row-removed', audit_id }]),
      );
      const copy = (recordedAt: string): string => `INSERT INTO gateway.audit_log
        SELECT (jsonb_populate_record(a, jsonb_build_object('event_id', NULL, 'recorded_at', ${recordedAt},
                  'audit_id', 'aud_00000000-0000-7000-8000-000000000001'))).*
          FROM gateway.audit_log a WHERE audit_id = ${VICTIM}`;
      await tampered(copy('recorded_at'), ({ findings }) =>
        expect(findings).toMatchObject([
          { kind: 'row-inserted', audit_id: 'aud_00000000-0000-7000-8000-000000000001' },
        ]),
      );
      await tampered(copy(`recorded_at - interval '1 day'`), (verdict) =>
        expect(kinds(verdict)).toEqual(['minute-unsealed']),
      );
    });

    it('shows a removed root, an altered one, and one that was made anew with its rows', async () => {
      await tampered('DELETE FROM gateway.audit_roots WHERE seq = 2', (verdict) =>
        expect(kinds(verdict)).toEqual(['minute-unsealed', 'root-removed']),
      );
      await tampered('DELETE FROM gateway.audit_roots WHERE seq = 3', (verdict) =>
        expect(kinds(verdict)).toEqual(['minute-unsealed']),
      );
      await tampered(`UPDATE gateway.audit_roots SET root_hash = hash WHERE seq = 2`, (verdict) => {
        expect(new Set(kinds(verdict))).toEqual(new Set(['root-altered']));
        expect(verdict.findings[0]).toMatchObject({ seq: 2, minute: kept[1]?.minute });
      });
      // Root and rows of the last minute together: what is left fits, and only what was kept elsewhere shows it.
      const lastMinute = `WITH gone AS (DELETE FROM gateway.audit_roots WHERE tenant_id = 'default' AND seq = 3 RETURNING minute)
         DELETE FROM gateway.audit_log WHERE date_trunc('minute', recorded_at) IN (SELECT minute FROM gone)`;
      await tampered(lastMinute, (verdict) => expect(kinds(verdict)).toEqual([]));
      const gone = [{ kind: 'root-removed', seq: 3 }];
      await tampered(lastMinute, ({ findings }) => expect(findings).toMatchObject(gone), { kept });
      expect(kinds(await verify({ secret: 'of another installation' }))).toEqual(
        Array(3).fill('root-altered'),
      );
    });

    it('takes late rows into a later minute, also where the clock was set back', async () => {
      const ahead = `date_trunc('minute', now()) + interval '1 hour'`;
      await behindTheBack(`INSERT INTO gateway.audit_roots (tenant_id, seq, minute, size, root_hash, previous_hash, hash, mac, leaves)
        SELECT 'default', 4, ${ahead}, 1, hash, hash, hash, hash, '' FROM gateway.audit_roots WHERE seq = 3 AND tenant_id = 'default'`);
      try {
        await gateway.call('POST', '/api/v1/api-keys', { body: { name: 'Late', scopes: ['staff'] } });
        const { rows: late } = await superuser.query(
          `SELECT 1 FROM gateway.audit_log WHERE recorded_at = ${ahead} + interval '1 minute'`,
        );
        expect(late).toHaveLength(1);
      } finally {
        await behindTheBack('DELETE FROM gateway.audit_roots WHERE seq = 4');
      }
    });
  });
});
