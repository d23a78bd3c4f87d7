import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BegunConnection, ConnectionView, Page, ProviderView, ToolView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import {
  AuthorizationServer,
  ModelServer,
  type ModelRequest,
  modelSteps,
  STATIC_CLIENT,
  waitFor,
} from '@baton/testkit';
import { SERVICE_NAMES, serviceUrls } from '@baton/service/roles';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import pg from 'pg';

import { Api } from './api.js';
import { everyRow, everyRedisValue, metricsOf } from './secrets/places.js';

const { callTools } = modelSteps;
const CALLBACK = '/api/v1/oauth/callback';
/** Where the provider sends the browser; the test opens it at the gateway's own port. */
const PUBLIC_URL = 'http://127.0.0.1:1';
const MODEL_KEY = 'canary-model-key-3f9A';
const TOOL_KEY = 'canary-tool-key-8Zq1';
const API_KEY = 'canary-first-api-key-5Tr0';
const ROOT_SECRET = 'canary-root-secret-of-this-run-0dK7';
const TOKEN_KEY = randomBytes(32).toString('base64');

const WORKFLOW = `name: clerk
nodes:
  answer:
    type: agent
    agent: reasoning
    model: smart
    tools: [shop.orders, keyed.orders, hidden.orders]
    max_steps: 6
  done:
    type: sink
    sink: FINISH
    needs: [answer]
    reply: "{{ nodes.answer.text }}"
    confidence: "{{ nodes.answer.confidence }}"
  escalate:
    type: sink
    sink: HANDOVER
    needs: [answer]
    when: "nodes.answer.handover"
`;
const OPENAPI = (server: string): string =>
  JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Orders', version: '1' },
    servers: [{ url: server }],
    paths: {
      '/api': {
        get: { operationId: 'orders', description: 'The orders', responses: { 200: { description: 'ok' } } },
      },
    },
  });

/** A model that calls the tool it is told to, and repeats what the tool said: it obeys and hides nothing. */
const clerk = (request: ModelRequest) => {
  const [tool] = ['shop.orders', 'keyed.orders', 'hidden.orders'].filter((name) =>
    request.lastUser.includes(name),
  );
  if (request.toolResults.length === 0 && tool !== undefined)
    return callTools({
      name:
        request.toolNames.find((name) => /orders/.test(name) && name.startsWith(tool.slice(0, 4))) ?? tool,
      args: {},
    });
  const reply = `It says: ${request.toolResults.join(' ')}`.slice(0, 2000);
  return callTools({ name: 'finish', args: { reply, confidence: 0.95 } });
};

describe('connections from outside, and where none of their secrets turns up', () => {
  let provider: AuthorizationServer;
  let models: ModelServer;
  let collector: Server;
  let nats: NatsConnection;
  let database: pg.Client;
  let redis: Redis;
  let baton: RunningBaton;
  let api: Api;
  let folder: string;
  const traces: string[] = [];
  const bus: string[] = [];
  const said: string[] = [];
  const states: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'baton-canaries-'));
    provider = await AuthorizationServer.start({ redirectUris: [`${PUBLIC_URL}${CALLBACK}`] });
    models = await ModelServer.start();
    models.respond(clerk);
    collector = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        traces.push(`${request.url}\n${body}`);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const files: Record<string, string> = {
      'connections/shop.yaml': `name: shop\nissuer: ${provider.issuer}\nclient: { id: ${STATIC_CLIENT.id}, secret_env: SHOP_CLIENT_SECRET }\nscopes: [orders.read]\noptional_scopes: [orders.write]\n`,
      'connections/found.yaml': `name: found\nresource: ${provider.resource}\nclient: { register: true }\nscopes: [orders.read]\n`,
      'tools/shop.yaml': 'type: openapi\nsource: shop\ndocument: orders.json\nauth: { connection: shop }\n',
      'tools/found.yaml':
        'type: openapi\nsource: hidden\ndocument: orders.json\nauth: { connection: found }\n',
      'tools/keyed.yaml':
        'type: openapi\nsource: keyed\ndocument: orders.json\nauth: { header: X-Api-Key, env: KEYED_API_KEY }\n',
      'tools/orders.json': OPENAPI(provider.issuer),
      'workflows/clerk.yaml': WORKFLOW,
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    baton = await startBaton({
      say: (line) => said.push(line),
      env: {
        LOG_LEVEL: 'trace',
        BATON_API_KEY: API_KEY,
        BATON_SECRET: ROOT_SECRET,
        BATON_TOKEN_KEYS: `k1:${TOKEN_KEY}`,
        BATON_PUBLIC_URL: PUBLIC_URL,
        BATON_CONNECTIONS_DIR: join(folder, 'connections'),
        BATON_TOOLS_DIR: join(folder, 'tools'),
        BATON_WORKFLOWS_DIR: join(folder, 'workflows'),
        BATON_DEFAULT_WORKFLOW: 'clerk',
        BATON_HTTP_ALLOW: provider.host,
        SHOP_CLIENT_SECRET: STATIC_CLIENT.secret,
        KEYED_API_KEY: TOOL_KEY,
        OPENAI_BASE_URL: models.openAiUrl,
        OPENAI_API_KEY: MODEL_KEY,
        BATON_MODEL_FAST: 'openai/test-model',
        BATON_MODEL_SMART: 'openai/test-model',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '100',
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
      },
    });
    api = new Api(baton.url, baton.apiKey);
    nats = await connect({ servers: baton.servers.nats.url });
    nats.subscribe('>', { callback: (_error, msg) => void bus.push(`${msg.subject} ${msg.string()}`) });
    await nats.flush();
    database = new pg.Client({ connectionString: baton.servers.postgres.url });
    await database.connect();
    redis = new Redis(baton.servers.redis.url);
  }, 180_000);
  afterAll(async () => {
    await database?.end();
    redis?.disconnect();
    await nats?.close();
    await baton?.stop();
    collector?.close();
    await Promise.all([models?.stop(), provider?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const begin = async (name: string, as = api, scopes?: string[]): Promise<BegunConnection> => {
    const { status, body } = await as.post<BegunConnection>('/api/v1/connections', {
      provider: name,
      ...(scopes && { scopes }),
    });
    expect(status).toBe(201);
    states.push(new URL(body.authorize_url).searchParams.get('state') as string);
    return body;
  };
  /** The browser, sent back to the gateway: it has no token. */
  const open = async (back: URL) => {
    const response = await fetch(`${baton.url}${CALLBACK}${back.search}`);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const makeConnection = async (name: string, as = api): Promise<string> => {
    const { connection_id, authorize_url } = await begin(name, as);
    expect(await open(await provider.browse(authorize_url))).toMatchObject({ status: 200 });
    return connection_id;
  };
  const view = async (id: string, as = api) => as.get<ConnectionView>(`/api/v1/connections/${id}`);
  const age = (id: string): Promise<unknown> =>
    database.query(
      `UPDATE orchestrator.connection_tokens SET access_expires_at = now() - interval '1 second', refresh_at = now() - interval '1 minute'
        WHERE connection_id = $1`,
      [id],
    );

  const passwordIn = (url: string): string => decodeURIComponent(new URL(url).password);
  const deliveriesOf = async (id: string): Promise<readonly { attempts: readonly unknown[] }[]> =>
    (await api.get<Page<{ attempts: readonly unknown[] }>>(`/api/v1/webhooks/${id}/deliveries`)).body.items;
  const ask = (id: string, message: string) => api.say(id, message, { wait: 60 });

  it('hands over a turn whose tool has no connection, with that said', async () => {
    const { body } = await ask('unconnected', 'Please call shop.orders');
    expect(body).toMatchObject({ state: 'PENDING_HUMAN', reply: null });
    const { handover_context } = await api.conversation('unconnected');
    expect(JSON.stringify(handover_context)).toContain('no connection to shop');
    const { body: tools } = await api.get<Page<ToolView>>('/api/v1/tools?limit=200');
    expect(tools.items.find(({ name }) => name === 'shop.orders')).toMatchObject({ connected: false });
  }, 180_000);

  it('connects, and the tool answers with the API of the provider', async () => {
    const { connection_id, authorize_url } = await begin('shop');
    expect((await view(connection_id)).body).toMatchObject({ status: 'PENDING', provider: 'shop' });
    const { body: offered } = await api.get<Page<ProviderView>>('/api/v1/connection-providers');
    expect(offered.items.map(({ provider: name, available }) => [name, available])).toEqual([
      ['found', true],
      ['shop', true],
    ]);
    const page = await open(await provider.browse(authorize_url));
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.text).toContain('shop is connected');
    expect((await view(connection_id)).body).toMatchObject({
      status: 'CONNECTED',
      renewable: true,
      scopes: ['orders.read'],
    });
    const { body: tools } = await api.get<Page<ToolView>>('/api/v1/tools?limit=200');
    expect(tools.items.find(({ name }) => name === 'shop.orders')).toMatchObject({ connected: true });

    const { body } = await ask('connected', 'Please call shop.orders');
    expect(body.reply?.content).toContain('7001');
    expect(provider.apiCalls.at(-1)).toMatchObject({ status: 200 });
    // The token ends: the next turn renews it, and nobody notices.
    await age(connection_id);
    const before = provider.refreshes;
    expect((await ask('connected', 'Again shop.orders, please')).body.reply?.content).toContain('7001');
    expect(provider.refreshes - before).toBe(1);
    // The API takes it no more though its time is not over: renewed, and called again.
    await provider.forget(provider.apiCalls.at(-1)?.token ?? '');
    expect((await ask('connected', 'And shop.orders once more')).body.reply?.content).toContain('7001');
    expect(provider.apiCalls.slice(-2).map(({ status }) => status)).toEqual([401, 200]);
  }, 180_000);

  it('tells apart what a person and a stranger may do with the way back', async () => {
    const { connection_id, authorize_url } = await begin('found');
    const back = await provider.browse(authorize_url);
    const forged = new URL(back);
    forged.searchParams.set('state', randomBytes(32).toString('base64url'));
    expect((await open(forged)).status).toBe(400);
    expect((await open(back)).status).toBe(200);
    // Twice: used is used, and nothing changes.
    expect((await open(back)).status).toBe(400);
    expect((await view(connection_id)).body).toMatchObject({ status: 'CONNECTED' });

    const denied = await begin('shop');
    provider.denies = true;
    const no = await provider.browse(denied.authorize_url).finally(() => (provider.denies = false));
    expect(await open(no)).toMatchObject({
      status: 400,
      text: expect.stringContaining('You said no') as unknown,
    });
    expect((await view(denied.connection_id)).body).toMatchObject({ status: 'FAILED', reason: 'denied' });
  });

  it('keeps tenants apart', async () => {
    const { body: tenant } = await api.post<{ api_key: string }>('/api/v1/tenants', { name: 'Another' });
    const other = api.as(tenant.api_key);
    const mine = await begin('shop');
    expect((await view(mine.connection_id, other)).status).toBe(404);
    expect((await other.call('DELETE', `/api/v1/connections/${mine.connection_id}`)).status).toBe(404);
    // Whoever brings the state back: what it connects is of the tenant that asked.
    const theirs = await begin('shop', other);
    await open(await provider.browse(theirs.authorize_url));
    expect((await view(theirs.connection_id, other)).body).toMatchObject({ status: 'CONNECTED' });
    expect((await view(theirs.connection_id)).status).toBe(404);
    expect((await other.get<Page<ConnectionView>>('/api/v1/connections')).body.items).toHaveLength(1);
  });

  it('refuses bad scopes and unknown providers, and waits out one that is down', async () => {
    expect(
      await api.post('/api/v1/connections', { provider: 'shop', scopes: ['orders.read', 'root'] }),
    ).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'scopes.1' }] },
    });
    expect((await api.post('/api/v1/connections', { provider: 'nobody' })).status).toBe(404);
    const { authorize_url } = await begin('shop');
    const back = await provider.browse(authorize_url);
    provider.isDown = true;
    const down = await open(back).finally(() => (provider.isDown = false));
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '7']);
    expect((await open(back)).status).toBe(200);
  });

  it('hands over where a token has expired beyond renewal, and disconnects for good', async () => {
    const { body: live } = await api.get<Page<ConnectionView>>(
      '/api/v1/connections?provider=shop&status=CONNECTED',
    );
    for (const { connection_id } of live.items) await age(connection_id);
    await Promise.all([...provider.secrets].map((secret) => provider.forget(secret)));
    const { body } = await ask('expired', 'Please call shop.orders');
    expect(body).toMatchObject({ state: 'PENDING_HUMAN', reply: null });
    expect(JSON.stringify((await api.conversation('expired')).handover_context)).toMatch(
      /connection to shop has expired/,
    );

    const id = await makeConnection('shop');
    expect((await ask('again', 'Please call shop.orders')).body.reply?.content).toContain('7001');
    expect((await api.call('DELETE', `/api/v1/connections/${id}`)).status).toBe(204);
    expect((await view(id)).status).toBe(404);
    expect((await api.call('DELETE', `/api/v1/connections/${id}`)).status).toBe(404);
    expect(await provider.isActive(provider.apiCalls.at(-1)?.token ?? '')).toBe(false);
  }, 180_000);

  it('shows no token, key or secret in any log line, event, message, prompt, trace or row', async () => {
    await ask('keyed', 'Please call keyed.orders');
    await ask('hidden', 'Please call hidden.orders');
    const { body: key } = await api.post<{ api_key: string }>('/api/v1/api-keys', {
      name: 'Canary',
      scopes: ['conversations'],
    });
    const staff = await api.agent('ana');
    const { body: browser } = await api.post<{ token: string }>('/api/v1/conversations/keyed/token');
    const { body: ticket } = await staff.post<{ ticket: string }>('/api/v1/ws-tickets');
    await api.as(browser.token).get('/api/v1/conversations/keyed/messages');
    await staff.get('/api/v1/queue');
    await api.as(key.api_key).say('other', 'Hello');
    // What goes wrong is logged too.
    await api.as(`${key.api_key}x`).get('/api/v1/conversations');
    await api.as(`${staff.token}x`).get('/api/v1/conversations');
    const { body: tenant } = await api.post<{ api_key: string }>('/api/v1/tenants', { name: 'Third' });
    const hook = await api.post<{ webhook_id: string; secret: string }>('/api/v1/webhooks', {
      url: `${provider.issuer}/nothing-there`,
    });
    expect(hook.status).toBe(201);
    const rotated = await api.post<{ secret: string }>(
      `/api/v1/webhooks/${hook.body.webhook_id}/rotate-secret`,
    );
    await api.post(`/api/v1/webhooks/${hook.body.webhook_id}/test`);
    await waitFor(
      async () => (await deliveriesOf(hook.body.webhook_id)).some(({ attempts }) => attempts.length > 0),
      {
        what: 'the webhook to be tried',
        timeoutMs: 60_000,
      },
    );
    await waitFor(() => traces.some((trace) => trace.startsWith('/v1/traces') && trace.includes('gen_ai')), {
      what: 'the traces of model calls',
      timeoutMs: 60_000,
    });
    const secrets = new Map<string, string>([
      ...[...provider.secrets].map(
        (secret, index) => [`a secret of the provider (${index})`, secret] as const,
      ),
      ['the secret of the client', STATIC_CLIENT.secret],
      ['the key of the models', MODEL_KEY],
      ['the key of a tool', TOOL_KEY],
      ['the first API key', API_KEY],
      ['the root secret', ROOT_SECRET],
      ['the key that seals tokens', TOKEN_KEY],
      ['an API key', key.api_key],
      ['a staff token', staff.token],
      ['a conversation token', browser.token],
      ['the key of a new tenant', tenant.api_key],
      ['the secret of a webhook', hook.body.secret],
      ['its new secret', rotated.body.secret],
      ['its new secret, without its prefix', rotated.body.secret.replace('whsec_', '')],
      ['the password of the database', passwordIn(baton.servers.postgres.url)],
      ...SERVICE_NAMES.flatMap((name) => {
        const { app, system } = serviceUrls(baton.servers.postgres.url, name);
        return [
          [`the password of ${name}`, passwordIn(app)],
          [`the password of ${name}'s system role`, passwordIn(system)],
        ] as const;
      }),
    ]);
    // Good once, and useless without the verifier: they travel from the gateway to the orchestrator, and lie nowhere.
    const passing = new Map<string, string>([
      ...[...provider.codes].map((code, index) => [`a code (${index})`, code] as const),
      ...states.map((state, index) => [`a state (${index})`, state] as const),
      ['a ticket', ticket.ticket],
    ]);
    const everything = new Map([...secrets, ...passing]);
    const logs = readdirSync(join(baton.dataDir, 'logs')).map(
      (file) => [file, readFileSync(join(baton.dataDir, 'logs', file), 'utf8')] as const,
    );
    const places: readonly (readonly [string, string, ReadonlyMap<string, string>])[] = [
      ...logs.map(([file, text]) => [`log ${file}`, text, everything] as const),
      ['what the system said', said.join('\n'), everything],
      ['prompts', models.requests.map(({ body }) => JSON.stringify(body)).join('\n'), everything],
      ['traces and metrics', traces.join('\n'), everything],
      ['events on the bus', bus.filter((line) => line.startsWith('baton.events.')).join('\n'), everything],
      ['the bus', bus.join('\n'), secrets],
      ['the database', await everyRow(database), everything],
      ['Redis', await everyRedisValue(redis), everything],
      ['metrics', await metricsOf(Object.values(baton.services).map(({ url }) => url)), everything],
      [
        'the API’s events',
        JSON.stringify(
          await Promise.all(['connected', 'keyed', 'hidden', 'expired'].map((id) => api.events(id))),
        ),
        everything,
      ],
    ];
    const found = places.flatMap(([place, text, wanted]) =>
      [...wanted].filter(([, secret]) => text.includes(secret)).map(([name]) => `${name} in ${place}`),
    );
    expect(found).toEqual([]);
    // The scan would see something: each place holds what was said.
    for (const [place, text] of places) expect([place, text.length > 0]).toEqual([place, true]);
    const [, prompts] = places.find(([place]) => place === 'prompts') as (typeof places)[number];
    expect(prompts).toContain('7001');
    // What an API repeated of our credentials was taken out on its way.
    expect(prompts).toContain('Bearer [secret]');
    expect(prompts).toMatch(/x-api-key[\\":]+\[secret\]/);
    expect(traces.join('\n')).toContain('gen_ai.usage.output_tokens');
    expect(bus.some((line) => line.includes('connection.connected') || line.includes('.connection.'))).toBe(
      true,
    );
    expect(secrets.size).toBeGreaterThan(30);
    for (const [name, secret] of everything) expect([name, secret.length >= 15]).toEqual([name, true]);
  }, 180_000);
});
