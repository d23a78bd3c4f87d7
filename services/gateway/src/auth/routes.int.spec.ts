import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { StaffRole } from '@baton/contracts';
import { STAFF_ROLES } from '@baton/contracts';

import { playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { playProcesses } from '../testing/played-processes.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';
import { whyOpen } from './open-routes.js';
import { SCOPES } from './principal.js';
import { type Route, RouteTable } from './route-table.js';
import { routesDocument } from './routes-document.js';

/** What each route is called with: valid, so that only the token decides. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /api/v1/hil/message': { conversation_id: 'conv_own', message: 'Hello', sender_type: 'user' },
  'POST /api/v1/hil/resolve/{id}': { outcome: 'RESOLVED' },
  'POST /api/v1/hil/transfer/{id}': { note: 'Please' },
  'POST /api/v1/hil/assign/{id}': { agent_id: 'agent_ana' },
  'POST /api/v1/hil/whisper/{id}': { message: 'Psst' },
  'POST /api/v1/hil/feedback/{id}': { rating: 5 },
  'POST /api/v1/human-agents': { name: 'Ana' },
  'PATCH /api/v1/human-agents/{id}': { name: 'Ana' },
  'PUT /api/v1/human-agents/{id}/presence': { status: 'ONLINE' },
  'POST /api/v1/workflows/execute': { workflow_name: 'w', input_data: {} },
  'POST /api/v1/agents/{type}/execute': { input: 'Hello' },
  'POST /api/v1/connections': { provider: 'acme' },
  'POST /api/v1/approvals/{id}/decision': { decision: 'APPROVE' },
  'POST /api/v1/tenants': { name: 'Acme' },
  'POST /api/v1/webhooks': { url: 'https://192.0.2.1/hook' },
  'POST /api/v1/dead-letters/{id}/drop': { reason: 'Poison' },
  'POST /api/v1/api-keys': { name: 'Key', scopes: ['staff'] },
};
const QUERIES: Readonly<Record<string, string>> = {
  'GET /api/v1/memory/search': '?q=hello',
  'GET /api/v1/conversations/{id}/state': '?version=1',
};
const YAML = new Set(['PUT /api/v1/workflows/{name}', 'POST /api/v1/workflows/validate']);
const DOCUMENT = join(import.meta.dirname, '../../../../docs/reference/routes.md');

describe('who may call which route', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  let guarded: readonly Route[];
  let tenantKey: string;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers);
    playAgents(services);
    playProcesses(services.bus);
    guarded = gateway.app
      .get(RouteTable)
      .all()
      .filter(({ access }) => access !== undefined);
    const tenant = await gateway.call('POST', '/api/v1/tenants', { body: { name: 'Another' } });
    tenantKey = tenant.body.api_key as string;
  });

  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const nameOf = (route: Route): string => `${route.method} ${route.path}`;

  /** Ids are `conv_own` for conversations and the caller's own for the rest, so that no rule but the table's applies. */
  const call = (route: Route, token: string | null, id = 'conv_own') => {
    const name = nameOf(route);
    const isConversation = /conversations|hil/.test(route.path);
    const path = route.path
      .replace('{id}', isConversation ? id : 'thing_1')
      .replace('{name}', 'w')
      .replace('{type}', 'simple');
    const yaml = YAML.has(name) ? { raw: 'name: w', headers: { 'content-type': 'application/yaml' } } : {};
    const body = name in BODIES ? { body: BODIES[name] } : {};
    return gateway.call(route.method, `${path}${QUERIES[name] ?? ''}`, { token, ...yaml, ...body });
  };

  /** Past the door: whatever the played services answer, it is not the door that refused. */
  const isAdmitted = (status: number): boolean => status !== 401 && status !== 403;

  it('is written down in docs/reference/routes.md', async () => {
    const written = routesDocument(gateway.app.get(RouteTable).all());
    if (process.env['UPDATE_DOCS']) await writeFile(DOCUMENT, written);
    expect(await readFile(DOCUMENT, 'utf8')).toBe(written);
  });

  it('is said of every route: who, or why it is open', async () => {
    const silent = gateway.app
      .get(RouteTable)
      .all()
      .filter(({ path, access }) => access === undefined && whyOpen(path) === undefined);
    expect(silent).toEqual([]);
    expect(guarded.length).toBeGreaterThan(40);
    for (const path of ['/health/live', '/metrics', '/openapi.json', '/docs'])
      expect((await gateway.call('GET', path, { token: null })).status).toBe(200);
  });

  it('is nobody without a token, and nobody with a bad one', async () => {
    const expired = 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImJhdG9uLXN0YWZmK2p3dCJ9.e30.c2lnbmF0dXJl';
    for (const route of guarded) {
      for (const token of [null, 'no-such-key', expired]) {
        const answer = await call(route, token);
        expect({ route: nameOf(route), token, status: answer.status }).toEqual({
          route: nameOf(route),
          token,
          status: 401,
        });
        expect(answer.body.type).toBe('urn:baton:problem:unauthenticated');
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
  });

  it('is an API key with one of the scopes, and no other key', async () => {
    for (const scope of SCOPES) {
      const key = await gateway.keyWith([scope]);
      for (const route of guarded) {
        const { status } = await call(route, key);
        const expected = route.access?.scopes.includes(scope) ?? false;
        // A human_agent message is a matter of the body; the one sent here is a user's.
        expect({ route: nameOf(route), scope, admitted: isAdmitted(status) }).toEqual({
          route: nameOf(route),
          scope,
          admitted: expected,
        });
      }
    }
  });

  it('is a staff token whose role suffices, and no lesser one', async () => {
    for (const role of STAFF_ROLES) {
      const token = await gateway.staffToken(`${role}_sam`);
      for (const route of guarded) {
        const least = route.access?.staff;
        const suffices = least !== undefined && STAFF_ROLES.indexOf(role) >= STAFF_ROLES.indexOf(least);
        const expected = suffices && !dependsOnMore(route, role);
        const { status } = await call(route, token);
        expect({ route: nameOf(route), role, admitted: isAdmitted(status) }).toEqual({
          route: nameOf(route),
          role,
          admitted: expected,
        });
      }
    }
  });

  it('is a conversation token where the table says so, for its own conversation only', async () => {
    const token = await gateway.conversationToken('conv_own');
    for (const route of guarded) {
      const { status } = await call(route, token);
      expect({ route: nameOf(route), admitted: isAdmitted(status) }).toEqual({
        route: nameOf(route),
        admitted: route.access?.customer ?? false,
      });
      if (route.path.includes('{id}')) expect((await call(route, token, 'conv_other')).status).toBe(403);
    }
  });

  it('is no staff token of an agent who is gone', async () => {
    const token = await gateway.staffToken('nobody_here');
    const answer = await gateway.call('GET', '/api/v1/queue', { token });
    expect(answer.status).toBe(401);
  });

  it('asks the services in the tenant of the token, never in another', async () => {
    services.asked.length = 0;
    for (const route of guarded.filter(({ access }) => !access?.defaultTenantOnly))
      await call(route, tenantKey);
    const tenants = new Set(services.asked.map(({ ctx }) => ctx.tenant_id));
    expect(tenants.size).toBe(1);
    expect(tenants).not.toContain('default');
  });

  it('lets only the default tenant see and make tenants', async () => {
    expect((await gateway.call('GET', '/api/v1/tenants', { token: tenantKey })).status).toBe(403);
    const body = { name: 'Mine' };
    expect((await gateway.call('POST', '/api/v1/tenants', { token: tenantKey, body })).status).toBe(403);
  });
});

/** What the role alone does not decide: whose offer or presence it is, and that staff do not write as users. */
const dependsOnMore = (route: Route, role: StaffRole): boolean => {
  const name = `${route.method} ${route.path}`;
  if (name === 'POST /api/v1/hil/message') return true;
  return name === 'PUT /api/v1/human-agents/{id}/presence' && (role === 'agent' || role === 'senior');
};
