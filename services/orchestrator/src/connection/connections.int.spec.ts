import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type BegunConnection, connectionRequests as requests, type RequestContext } from '@baton/contracts';
import { Metrics } from '@baton/service';
import { AuthorizationServer, findFreePort, STATIC_CLIENT, waitFor } from '@baton/testkit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { OrchestratorFixture } from '../run/testing/orchestrator.fixture.js';
import { BeginConnectionHandler } from './begin-connection.handler.js';
import { type AccessToken, CONNECTION_TOKENS, type ConnectionTokens } from './connection-tokens.port.js';

const REDIRECT = 'http://127.0.0.1:3000/api/v1/oauth/callback';
const [KEY_1, KEY_2] = ['k1', 'k2'].map((id) => `${id}:${randomBytes(32).toString('base64')}`) as [
  string,
  string,
];
const SCOPES = ['orders.read', 'orders.write'];

describe('connections, with an authorization server that nobody here wrote', () => {
  let provider: AuthorizationServer;
  let fixture: OrchestratorFixture;
  let one: NestFastifyApplication;
  let other: NestFastifyApplication;
  let folder: string;

  beforeAll(async () => {
    provider = await AuthorizationServer.start({ redirectUris: [REDIRECT] });
    folder = await mkdtemp(join(tmpdir(), 'baton-connections-'));
    const files = {
      // Everything found out: the API names its server, the server its endpoints, and registers us.
      'found.yaml': `name: found\nresource: ${provider.resource}\nclient: { register: true }\nscopes: [orders.read]\noptional_scopes: [orders.write]\n`,
      'set-up.yaml': `name: set_up\nissuer: ${provider.issuer}\nclient: { id: ${STATIC_CLIENT.id}, secret_env: TEST_OAUTH_SECRET }\nscopes: [orders.read, orders.write]\n`,
      'unset.yaml': `name: unset\nissuer: ${provider.issuer}\nclient: { id_env: TEST_OAUTH_UNSET }\n`,
      'gone.yaml': `name: gone\nissuer: http://127.0.0.1:${await findFreePort()}\nclient: { id: x }\n`,
      'inside.yaml': `name: inside\nissuer: https://169.254.169.254\nclient: { id: x }\n`,
    };
    for (const [file, yaml] of Object.entries(files)) await writeFile(join(folder, file), yaml);
    process.env['TEST_OAUTH_SECRET'] = STATIC_CLIENT.secret;
    const gone = /127\.0\.0\.1:\d+/.exec(files['gone.yaml'])?.[0];
    fixture = await OrchestratorFixture.start(
      {},
      {
        BATON_CONNECTIONS_DIR: folder,
        BATON_TOKEN_KEYS: KEY_1,
        BATON_HTTP_ALLOW: `${provider.host},${gone}`,
      },
    );
    [one, other] = await Promise.all([fixture.boot(), fixture.boot()]);
  }, 120_000);
  afterAll(async () => {
    await fixture.stop();
    await provider.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const tokens = (app: NestFastifyApplication): ConnectionTokens =>
    app.get<ConnectionTokens>(CONNECTION_TOKENS);
  const begin = async (
    name = 'found',
    ctx: Partial<RequestContext> = {},
    scopes?: string[],
  ): Promise<BegunConnection> => {
    const body = { provider: name, redirect_uri: REDIRECT, ...(scopes && { scopes }) };
    return (await fixture.ask(requests.begin, body, ctx)).result;
  };
  const comeBack = (url: URL) =>
    fixture.ask(requests.complete, Object.fromEntries(url.searchParams), { tenant_id: '*' });
  const connect = async (
    name = 'found',
    ctx: Partial<RequestContext> = {},
    scopes?: string[],
  ): Promise<string> => {
    const { connection_id, authorize_url } = await begin(name, ctx, scopes);
    expect(await comeBack(await provider.browse(authorize_url))).toEqual({
      provider: name,
      outcome: 'connected',
    });
    return connection_id;
  };
  const tenant = (name: string): Partial<RequestContext> => ({ tenant_id: name });
  const eventsOf = async (id: string): Promise<{ type: string; data: Record<string, unknown> }[]> =>
    fixture.database.system(
      `SELECT type, data FROM orchestrator.events WHERE stream_type = 'connection' AND stream_id = $1 ORDER BY version`,
      [id],
    );
  const age = (id: string): Promise<unknown> =>
    fixture.database.system(
      `UPDATE orchestrator.connection_tokens SET access_expires_at = clock_timestamp() - interval '1 second',
              refresh_at = clock_timestamp() - interval '1 minute' WHERE connection_id = $1`,
      [id],
    );
  const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

  it('come about by discovery, registration, PKCE and the code; the token opens the API', async () => {
    const { authorize_url, connection_id } = await begin('found', tenant('t-found'));
    const asked = new URL(authorize_url).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: REDIRECT,
      scope: 'orders.read',
      resource: provider.resource,
    });
    expect(asked.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    const get = () => fixture.ask(requests.get, { connection_id }, tenant('t-found'));
    expect(await get()).toMatchObject({ status: 'PENDING', scopes: ['orders.read'], connected_at: null });

    expect(await comeBack(await provider.browse(authorize_url))).toEqual({
      provider: 'found',
      outcome: 'connected',
    });
    expect(await get()).toMatchObject({ status: 'CONNECTED', renewable: true, scopes: ['orders.read'] });
    expect((await eventsOf(connection_id)).map(({ type }) => type)).toEqual([
      'connection.requested',
      'connection.connected',
    ]);
    const token = await tokens(one).accessToken({ tenantId: 't-found', provider: 'found' });
    expect((await fetch(provider.resource, { headers: { authorization: token.header } })).status).toBe(200);
    expect(await tokens(one).isConnected('t-found', 'found')).toBe(true);
    // The client that was registered once serves the next connection of the tenant.
    const before = (await begin('found', tenant('t-found'))).authorize_url;
    expect(new URL(before).searchParams.get('client_id')).toBe(asked.get('client_id'));
    const stranger = (await begin('found', tenant('t-other'))).authorize_url;
    expect(new URL(stranger).searchParams.get('client_id')).not.toBe(asked.get('client_id'));
  });

  it('are one tenant’s alone', async () => {
    const id = await connect('found', tenant('t-a'));
    expect(await failure(fixture.ask(requests.get, { connection_id: id }, tenant('t-b')))).toMatchObject({
      code: 'not-found',
    });
    expect(await failure(fixture.ask(requests.delete, { connection_id: id }, tenant('t-b')))).toMatchObject({
      code: 'not-found',
    });
    expect((await fixture.ask(requests.list, {}, tenant('t-b'))).items).toEqual([]);
    expect(await failure(tokens(one).accessToken({ tenantId: 't-b', provider: 'found' }))).toMatchObject({
      reason: 'not-connected',
    });
    // A row that is moved to another tenant does not open there.
    await fixture.database.system(
      `UPDATE orchestrator.connections SET tenant_id = 't-thief' WHERE connection_id = $1`,
      [id],
    );
    await fixture.database.system(
      `UPDATE orchestrator.connection_tokens SET tenant_id = 't-thief' WHERE connection_id = $1`,
      [id],
    );
    expect(await failure(tokens(one).accessToken({ tenantId: 't-thief', provider: 'found' }))).toMatchObject({
      code: 'connection-unavailable',
    });
  });

  it('take a state once, theirs alone, and for ten minutes', async () => {
    const { authorize_url, connection_id } = await begin('found', tenant('t-state'));
    const back = await provider.browse(authorize_url);
    const forged = new URL(back);
    forged.searchParams.set('state', 'f'.repeat(43));
    for (const bad of [forged, new URL(REDIRECT)])
      expect(await failure(comeBack(bad))).toMatchObject({
        code: 'validation-failed',
        errors: [{ path: 'state' }],
      });
    expect(await comeBack(back)).toMatchObject({ outcome: 'connected' });
    expect(await failure(comeBack(back))).toMatchObject({ code: 'validation-failed' });
    // Two at once, on two replicas: one of them connects.
    const both = await provider.browse((await begin('found', tenant('t-state'))).authorize_url);
    const outcomes = await Promise.allSettled([comeBack(both), comeBack(both)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);

    const late = await begin('found', tenant('t-state'));
    const lateBack = await provider.browse(late.authorize_url);
    await fixture.database.system(
      `UPDATE orchestrator.connection_authorizations SET expires_at = clock_timestamp() - interval '1 second' WHERE connection_id = $1`,
      [late.connection_id],
    );
    expect(await failure(comeBack(lateBack))).toMatchObject({ code: 'validation-failed' });
    // Another tenant's row under this state opens nothing: what is sealed knows whose it is.
    const mine = await begin('found', tenant('t-state'));
    const myBack = await provider.browse(mine.authorize_url);
    await fixture.database.system(
      `UPDATE orchestrator.connection_authorizations SET tenant_id = 't-thief' WHERE connection_id = $1`,
      [mine.connection_id],
    );
    expect(await failure(comeBack(myBack))).toMatchObject({ code: 'validation-failed' });
    expect(await eventsOf(mine.connection_id)).toHaveLength(1);
    expect(
      (await eventsOf(connection_id)).filter(({ type }) => type === 'connection.connected'),
    ).toHaveLength(1);
  });

  it('refuse the answer of another issuer (RFC 9207)', async () => {
    const { authorize_url, connection_id } = await begin('found', tenant('t-iss'));
    const back = await provider.browse(authorize_url);
    back.searchParams.set('iss', 'https://evil.example');
    expect(await comeBack(back)).toEqual({ provider: 'found', outcome: 'refused' });
    expect((await eventsOf(connection_id)).at(-1)).toMatchObject({
      type: 'connection.failed',
      data: { reason: 'refused' },
    });
  });

  it('say that the person said no', async () => {
    const { authorize_url, connection_id } = await begin('set_up', tenant('t-no'));
    provider.denies = true;
    const back = await provider.browse(authorize_url).finally(() => (provider.denies = false));
    expect(await comeBack(back)).toEqual({ provider: 'set_up', outcome: 'denied' });
    expect(await fixture.ask(requests.get, { connection_id }, tenant('t-no'))).toMatchObject({
      status: 'FAILED',
      reason: 'denied',
    });
  });

  it('refuse scopes that the provider’s file does not name, and providers that are none', async () => {
    expect(await failure(begin('found', {}, ['orders.read', 'admin']))).toMatchObject({
      code: 'validation-failed',
      errors: [{ path: 'scopes.1' }],
    });
    expect(await failure(begin('nobody'))).toMatchObject({ code: 'not-found' });
    expect(await failure(begin('unset'))).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('TEST_OAUTH_UNSET is not set') as unknown,
    });
    expect(await failure(begin('inside'))).toMatchObject({ code: 'unavailable' });
  });

  it('may be made to what is listed', async () => {
    await connect('found', tenant('t-list'));
    const list = (query = {}) => fixture.ask(requests.listProviders, query, tenant('t-list'));
    const { items, next_cursor } = await list();
    expect(next_cursor).toBeNull();
    expect(items.map(({ provider: name, available, connected }) => [name, available, connected])).toEqual([
      ['found', true, true],
      ['gone', true, false],
      ['inside', true, false],
      ['set_up', true, false],
      ['unset', false, false],
    ]);
    expect(items[0]).toMatchObject({
      scopes: ['orders.read'],
      optional_scopes: ['orders.write'],
      unavailable_reason: null,
    });
    expect(items[4]?.unavailable_reason).toBe('TEST_OAUTH_UNSET is not set');
    expect(JSON.stringify(items)).not.toContain(STATIC_CLIENT.secret);
    const first = await list({ limit: 2 });
    const second = await list({ limit: 200, cursor: first.next_cursor ?? '' });
    expect([...first.items, ...second.items]).toEqual(items);
  });

  it('wait out a provider that is down: 503 with its Retry-After, and the same link works after that', async () => {
    expect(await failure(begin('gone'))).toMatchObject({ code: 'unavailable', retryable: true });
    const { authorize_url } = await begin('found', tenant('t-down'));
    const back = await provider.browse(authorize_url);
    provider.isDown = true;
    try {
      expect(await failure(comeBack(back))).toMatchObject({ code: 'unavailable', retryAfterMs: 7000 });
    } finally {
      provider.isDown = false;
    }
    expect(await comeBack(back)).toMatchObject({ outcome: 'connected' });
  });

  it('spend a refresh token once, however many ask on however many replicas, with Redis and without', async () => {
    for (const withRedis of [true, false]) {
      const ctx = tenant(`t-rotate-${withRedis}`);
      const tenantId = ctx.tenant_id as string;
      const id = await connect('found', ctx);
      const first = await tokens(one).accessToken({ tenantId, provider: 'found' });
      await age(id);
      const before = provider.refreshes;
      // A lease that everybody gets is none: the row decides alone.
      if (!withRedis) fixture.redis.kill('SIGSTOP');
      let got: AccessToken[];
      try {
        got = await Promise.all(
          Array.from({ length: 40 }, (_, index) =>
            tokens(index % 2 === 0 ? one : other).accessToken({ tenantId, provider: 'found' }),
          ),
        );
      } finally {
        if (!withRedis) fixture.redis.kill('SIGCONT');
      }
      expect(provider.refreshes - before).toBe(1);
      expect(new Set(got.map(({ secret }) => secret)).size).toBe(1);
      expect(got[0]?.secret).not.toBe(first.secret);
      // Rotated: the next renewal goes with the new refresh token.
      await age(id);
      await tokens(other).accessToken({ tenantId, provider: 'found' });
      expect(provider.refreshes - before).toBe(2);
      expect(provider.heard.at(-1)).toEqual({ grant: 'refresh_token', error: null });
    }
  }, 60_000);

  it('renew a token that the API took no more, once for all who were refused', async () => {
    const ctx = tenant('t-rejected');
    await connect('found', ctx);
    const want = { tenantId: 't-rejected', provider: 'found' };
    const rejected = await tokens(one).accessToken(want);
    const before = provider.refreshes;
    const got = await Promise.all(
      [one, other, one, other].map((app) => tokens(app).accessToken({ ...want, rejected })),
    );
    expect(provider.refreshes - before).toBe(1);
    expect(got.every(({ secret }) => secret !== rejected.secret)).toBe(true);
  });

  it('settle a lost answer honestly: the old token is tried once more, and its refusal is said to be a loss', async () => {
    const ctx = tenant('t-lost');
    const id = await connect('found', ctx);
    await age(id);
    provider.answersToLose = 1;
    const want = { tenantId: 't-lost', provider: 'found' };
    expect(await failure(tokens(one).accessToken(want))).toMatchObject({
      code: 'connection-unavailable',
      isTrouble: true,
    });
    expect(await failure(tokens(other).accessToken(want))).toMatchObject({
      reason: 'connection-expired',
      connectionId: id,
    });
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      type: 'connection.expired',
      data: { reason: 'refresh_lost', error: 'invalid_grant' },
    });
    expect(await fixture.ask(requests.get, { connection_id: id }, ctx)).toMatchObject({
      status: 'EXPIRED',
      reason: 'refresh_lost',
    });
  });

  it('outlive a replica that died with the claim: another takes it over, and not before', async () => {
    const ctx = tenant('t-dead');
    const id = await connect('found', ctx);
    await age(id);
    const claim = (ago: string) =>
      fixture.database.system(
        `UPDATE orchestrator.connection_tokens SET claim = 'dead', claimed_at = clock_timestamp() - $2::interval WHERE connection_id = $1`,
        [id, ago],
      );
    await claim('1 second');
    const before = provider.refreshes;
    const waiting = tokens(one).accessToken({ tenantId: 't-dead', provider: 'found' });
    // Nobody spends the token while the claim may be alive; then somebody does.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(provider.refreshes).toBe(before);
    await claim('31 seconds');
    expect((await waiting).secret).toBeTruthy();
    expect(provider.refreshes - before).toBe(1);
  });

  it('expire where the provider takes the refresh token no more, and a new connection takes their place', async () => {
    const ctx = tenant('t-expired');
    const id = await connect('found', ctx);
    await age(id);
    await Promise.all([...provider.secrets].map((secret) => provider.forget(secret)));
    const want = { tenantId: 't-expired', provider: 'found' };
    const error = await failure(tokens(one).accessToken(want));
    expect(error).toMatchObject({
      code: 'connection-expired',
      reason: 'connection-expired',
      connectionId: id,
    });
    expect(String(error)).toContain('somebody has to connect it again');
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual([
      'connection.requested',
      'connection.connected',
      'connection.expired',
    ]);
    expect(
      await fixture.database.system(
        `SELECT sealed FROM orchestrator.connection_tokens WHERE connection_id = $1`,
        [id],
      ),
    ).toEqual([{ sealed: null }]);
    expect(await tokens(one).isConnected('t-expired', 'found')).toBe(false);
    const again = await connect('found', ctx);
    expect((await tokens(one).accessToken(want)).connectionId).toBe(again);
  });

  it('end without a word to the provider where there is nothing to renew them with', async () => {
    const ctx = tenant('t-short');
    provider.givesRefreshTokens = false;
    const id = await connect('found', ctx).finally(() => (provider.givesRefreshTokens = true));
    const want = { tenantId: 't-short', provider: 'found' };
    const get = () => fixture.ask(requests.get, { connection_id: id }, ctx);
    expect(await get()).toMatchObject({ status: 'CONNECTED', renewable: false });
    // Its end is near, and it is good until then.
    await fixture.database.system(
      `UPDATE orchestrator.connection_tokens SET refresh_at = clock_timestamp() - interval '1 minute' WHERE connection_id = $1`,
      [id],
    );
    expect((await tokens(one).accessToken(want)).connectionId).toBe(id);
    await age(id);
    expect(await get()).toMatchObject({ status: 'EXPIRED', reason: 'no_refresh_token' });
    expect((await fixture.ask(requests.list, { status: 'EXPIRED' }, ctx)).items).toHaveLength(1);
    expect(await tokens(one).isConnected('t-short', 'found')).toBe(false);
    const before = provider.refreshes;
    expect(await failure(tokens(one).accessToken(want))).toMatchObject({ reason: 'connection-expired' });
    expect(provider.refreshes).toBe(before);
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      type: 'connection.expired',
      data: { reason: 'no_refresh_token', error: null },
    });
  });

  it('are not used for what they were not granted', async () => {
    const ctx = tenant('t-scope');
    await connect('found', ctx, ['orders.read']);
    const want = { tenantId: 't-scope', provider: 'found' };
    expect(await failure(tokens(one).accessToken({ ...want, scopes: SCOPES }))).toMatchObject({
      reason: 'missing-scope',
    });
    const wide = await connect('found', ctx, SCOPES);
    expect((await tokens(one).accessToken({ ...want, scopes: SCOPES })).connectionId).toBe(wide);
  });

  it('are revoked at the provider when they are deleted, and are gone', async () => {
    const ctx = tenant('t-delete');
    const id = await connect('set_up', ctx);
    const { secret } = await tokens(one).accessToken({ tenantId: 't-delete', provider: 'set_up' });
    expect(await provider.isActive(secret)).toBe(true);
    await fixture.ask(requests.delete, { connection_id: id }, ctx);
    expect(await provider.isActive(secret)).toBe(false);
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      type: 'connection.revoked',
      data: { at_provider: 'revoked' },
    });
    for (const call of [requests.get, requests.delete])
      expect(await failure(fixture.ask(call, { connection_id: id }, ctx))).toMatchObject({
        code: 'not-found',
      });
    expect(
      await failure(tokens(one).accessToken({ tenantId: 't-delete', provider: 'set_up' })),
    ).toMatchObject({ reason: 'not-connected' });
    // Deleted while its person is at the provider's page: their answer comes to nothing.
    const pending = await begin('set_up', ctx);
    const back = await provider.browse(pending.authorize_url);
    await fixture.ask(requests.delete, { connection_id: pending.connection_id }, ctx);
    expect(await failure(comeBack(back))).toMatchObject({ code: 'validation-failed' });
  });

  it('are deleted here though the provider is down, and the log says that it was not told', async () => {
    const ctx = tenant('t-delete-down');
    const id = await connect('found', ctx);
    provider.isDown = true;
    try {
      await fixture.ask(requests.delete, { connection_id: id }, ctx);
    } finally {
      provider.isDown = false;
    }
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      type: 'connection.revoked',
      data: { at_provider: 'failed' },
    });
  });

  it('give the first answer again for the same idempotency key', async () => {
    const idempotency = {
      key: 'k',
      route: 'POST /api/v1/connections',
      caller: 'api_key:key_1',
      body_hash: 'h',
    };
    const ask = (body_hash: string) =>
      fixture.ask(
        requests.begin,
        { provider: 'found', redirect_uri: REDIRECT },
        { ...tenant('t-key'), idempotency: { ...idempotency, body_hash } },
      );
    const first = await ask('h');
    expect(await ask('h')).toEqual({ result: first.result, replayed: true });
    expect(await failure(ask('other'))).toMatchObject({ code: 'idempotency-key-reused' });
    expect((await fixture.ask(requests.list, { provider: 'found' }, tenant('t-key'))).items).toHaveLength(1);
  });

  it('move to a new key when they are used, and wait for one that is missing', async () => {
    const ctx = tenant('t-keys');
    await connect('found', ctx);
    const want = { tenantId: 't-keys', provider: 'found' };
    const { secret } = await tokens(one).accessToken(want);
    const [, sql = ''] = /```sql\n([\s\S]*?);\n```/.exec(await readFile('docs/oauth.md', 'utf8')) ?? [];
    const left = async (): Promise<number> => {
      const [row] = await fixture.database.system<{ count: string }>(`${sql} AND tenant_id = 't-keys'`);
      return Number(row?.count);
    };
    expect(await left()).toBe(1);
    const withoutOld = await fixture.boot({ BATON_TOKEN_KEYS: KEY_2 });
    expect(await failure(tokens(withoutOld).accessToken(want))).toMatchObject({
      code: 'connection-unavailable',
    });
    const withBoth = await fixture.boot({ BATON_TOKEN_KEYS: `${KEY_2},${KEY_1}` });
    expect((await tokens(withBoth).accessToken(want)).secret).toBe(secret);
    expect(await left()).toBe(0);
    expect((await tokens(withoutOld).accessToken(want)).secret).toBe(secret);
    const keyless = await fixture.boot({ BATON_TOKEN_KEYS: '' });
    expect(await failure(tokens(keyless).accessToken(want))).toMatchObject({
      code: 'connection-unavailable',
    });
    expect(
      await failure(
        keyless
          .get(BeginConnectionHandler)
          .handle(
            { tenant_id: 't-keys', actor: { type: 'api_key', id: 'key_1' }, request_id: 'req_1' },
            { provider: 'found', redirect_uri: REDIRECT },
          ),
      ),
    ).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('BATON_TOKEN_KEYS is not set') as unknown,
    });
    await Promise.all([withoutOld, withBoth, keyless].map((app) => fixture.shutDown(app)));
  });

  it('count what became of their renewals', async () => {
    const text = await one.get(Metrics).registry.metrics();
    for (const outcome of ['renewed', 'expired', 'failed'])
      expect(text).toMatch(
        new RegExp(`baton_connection_refreshes_total\\{[^}]*outcome="${outcome}"[^}]*\\} [1-9]`),
      );
  });

  it('leave nothing readable in the database', async () => {
    await waitFor(() => Promise.resolve(provider.secrets.size > 20), { what: 'many secrets' });
    const tables = await fixture.database.system<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_schema = 'orchestrator' AND table_type = 'BASE TABLE'`,
    );
    let text = '';
    for (const { name } of tables) {
      const rows = await fixture.database.system<{ row: unknown }>(
        `SELECT to_jsonb(t) AS row FROM ${name} t`,
      );
      text += JSON.stringify(rows);
    }
    expect(text).toContain('connection.connected');
    for (const secret of [...provider.secrets, STATIC_CLIENT.secret])
      expect(text.includes(secret)).toBe(false);
  });
});
