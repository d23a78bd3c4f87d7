import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { waitFor } from '@baton/testkit';

import { ComposioSourceFile } from '../source/source-file.schema.js';
import { nodeScope } from '../testing/node-scope.fixture.js';
import { sourcePorts } from '../testing/source-ports.fixture.js';
import { ToolExecutor } from '../tool-executor.js';
import type { ToolOutcome } from '../tool-outcome.js';
import { ToolRegistry } from '../tool-registry.js';
import { composioSource } from './composio-source.js';

const KEY = 'canary-composio-key';

interface Heard {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly body: Record<string, unknown>;
  readonly key: unknown;
}

const tool = (slug: string, more: Record<string, unknown> = {}) => ({
  slug,
  name: slug.toLowerCase(),
  description: `Does ${slug}`,
  toolkit: { slug: slug.split('_')[0]?.toLowerCase(), name: 'x', logo: '' },
  input_parameters: {
    type: 'object',
    properties: { title: { type: 'string', pattern: '^(a+)+$', examples: ['a'] } },
    required: ['title'],
  },
  output_parameters: {},
  scopes: [],
  tags: [],
  version: '20250909_00',
  available_versions: ['20250909_00'],
  no_auth: false,
  is_deprecated: false,
  deprecated: {
    is_deprecated: false,
    displayName: '',
    version: '',
    available_versions: [],
    toolkit: { logo: '' },
  },
  human_description: '',
  ...more,
});

/** What of Composio's API the SDK asks for, played on loopback. */
describe('the tools of Composio', () => {
  let server: Server;
  let heard: Heard[];
  let connected: Set<string>;
  let execute: (heard: Heard) => { status?: number; body: unknown } | 'hang up';
  const tools = [tool('GITHUB_CREATE_ISSUE'), tool('GITHUB_GET_REPO'), tool('CLOCK_NOW', { no_auth: true })];

  const answer = (request: Heard): { status?: number; body: unknown } | 'hang up' => {
    const { path, method, query } = request;
    if (path === '/api/v3/tools' || path === '/api/v3.1/tools')
      return {
        body: {
          items: tools.filter(({ toolkit }) => toolkit.slug === query['toolkit_slug']),
          next_cursor: null,
          total_pages: 1,
          current_page: 1,
          total_items: 1,
        },
      };
    const executed = /\/tools\/execute\/([^/]+)$/.exec(path);
    if (executed) return execute(request);
    const retrieved = /\/tools\/([A-Z_]+)$/.exec(path);
    if (retrieved) return { body: tools.find(({ slug }) => slug === retrieved[1]) };
    if (path.endsWith('/connected_accounts') && method === 'GET')
      return {
        body: {
          items: connected.has(`${query['user_ids'] ?? ''}/${query['toolkit_slugs'] ?? ''}`)
            ? [account('ca_1', query['toolkit_slugs'] ?? '')]
            : [],
          next_cursor: null,
          total_pages: 1,
          current_page: 1,
          total_items: 1,
        },
      };
    if (path.endsWith('/connected_accounts') || path.endsWith('/connected_accounts/link'))
      return {
        status: 201,
        body: {
          id: 'ca_new',
          connected_account_id: 'ca_new',
          redirect_url: 'https://connect.example/link',
          link_token: 'x',
          expires_at: '2030-01-01T00:00:00Z',
          status: 'INITIATED',
          connectionData: {
            authScheme: 'OAUTH2',
            val: { status: 'INITIATED', redirectUrl: 'https://connect.example/link' },
          },
        },
      };
    if (path.includes('/auth_configs'))
      return {
        body: {
          items: [authConfig],
          next_cursor: null,
          total_pages: 1,
          current_page: 1,
          total_items: 1,
        },
      };
    if (/\/toolkits\/\w+$/.test(path)) return { body: toolkit };
    return { status: 404, body: { error: { message: `nothing at ${path}` } } };
  };

  beforeEach(async () => {
    heard = [];
    connected = new Set(['acme/github']);
    execute = () => ({ body: { data: { number: 7 }, error: null, successful: true, log_id: 'log_1' } });
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'http://x');
        const text = Buffer.concat(chunks).toString();
        const each: Heard = {
          method: request.method ?? '',
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
          key: request.headers['x-api-key'],
        };
        heard.push(each);
        const given = answer(each);
        if (given === 'hang up') return void request.socket.destroy();
        response.writeHead(given.status ?? 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(given.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const set = async (file: Record<string, unknown> = {}) => {
    const ports = sourcePorts({ environment: { MY_KEY: KEY } });
    const parsed = ComposioSourceFile.parse({
      type: 'composio',
      source: 'composio',
      toolkits: ['github', 'clock'],
      api_key: { env: 'MY_KEY' },
      base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      risk: 'LOW',
      ...file,
    });
    const registry = new ToolRegistry([]);
    registry.add(await composioSource(parsed, ports));
    const executor = new ToolExecutor(registry, { toolFailed: () => undefined });
    const call = async (name: string, args: unknown, tenantId = 'acme'): Promise<ToolOutcome | undefined> =>
      (
        await executor.execute([{ callId: '1', tool: name, args }], nodeScope({ tenantId, tools: [name] }))
      )[0];
    await waitFor(async () => (await registry.list('acme')).length > 0, {
      what: `the catalogue: ${ports.heard.trouble.join()}`,
      timeoutMs: 60_000,
    });
    return { registry, call };
  };
  const executions = () => heard.filter(({ path }) => path.includes('/execute/'));

  it('are its catalogue, each connected for whom its toolkit is', async () => {
    const { registry } = await set({ tools: { GITHUB_CREATE_ISSUE: { risk: 'HIGH' } } });
    const view = async (tenant: string) =>
      (await registry.list(tenant)).map(({ name, source, risk_tier, connected: is }) => [
        name,
        source,
        risk_tier,
        is,
      ]);
    expect(await view('acme')).toEqual([
      ['composio.CLOCK_NOW', 'composio', 'LOW', true],
      ['composio.GITHUB_CREATE_ISSUE', 'composio', 'HIGH', true],
      ['composio.GITHUB_GET_REPO', 'composio', 'LOW', true],
    ]);
    expect((await view('other')).map(([, , , is]) => is)).toEqual([true, false, false]);
    expect(heard.every(({ key }) => key === KEY)).toBe(true);
  });

  it('run for their tenant, with arguments that fit, once', async () => {
    const { call } = await set();
    expect(await call('composio.GITHUB_CREATE_ISSUE', { title: 7 })).toMatchObject({
      error: { code: 'invalid-arguments' },
    });
    expect(executions()).toEqual([]);
    execute = ({ body }) => ({
      body: { data: { number: 7, you_are: KEY, asked: body }, error: null, successful: true, log_id: 'l' },
    });
    const outcome = await call('composio.GITHUB_CREATE_ISSUE', { title: 'It broke' });
    expect(outcome).toMatchObject({
      kind: 'result',
      value: {
        number: 7,
        you_are: '[secret]',
        asked: { user_id: 'acme', arguments: { title: 'It broke' }, version: '20250909_00' },
      },
    });
    expect(executions()).toHaveLength(1);
  });

  it('tell what they refuse; a call without an answer is open, and is not sent again', async () => {
    const { call } = await set();
    execute = () => ({ body: { data: {}, error: 'No such repository', successful: false, log_id: 'l' } });
    expect(await call('composio.GITHUB_GET_REPO', { title: 'x' })).toEqual({
      kind: 'error',
      error: { code: 'composio-error', message: 'No such repository' },
    });
    execute = () => ({ status: 400, body: { error: { message: 'Bad arguments', status: 400 } } });
    expect(await call('composio.GITHUB_GET_REPO', { title: 'x' })).toMatchObject({
      error: { code: 'composio-error' },
    });
    execute = () => 'hang up';
    expect(await call('composio.GITHUB_CREATE_ISSUE', { title: 'x' })).toMatchObject({ kind: 'unsettled' });
    execute = () => ({ status: 500, body: {} });
    expect(await call('composio.GITHUB_CREATE_ISSUE', { title: 'x' })).toMatchObject({ kind: 'unsettled' });
    expect(executions()).toHaveLength(4);
  });

  it('hand over where nobody has connected them, with the page where somebody can', async () => {
    const { call } = await set();
    expect(await call('composio.GITHUB_GET_REPO', { title: 'x' }, 'other')).toMatchObject({
      kind: 'disconnected',
      error: {
        code: 'not-connected',
        message: 'github is not connected through Composio: it is connected at https://connect.example/link',
      },
    });
    expect(await call('composio.CLOCK_NOW', { title: 'x' }, 'other')).toMatchObject({ kind: 'result' });
    connected.add('other/github');
    expect(await call('composio.GITHUB_GET_REPO', { title: 'x' }, 'other')).toMatchObject({ kind: 'result' });
  });
});

const account = (id: string, slug: string) => ({
  id,
  status: 'ACTIVE',
  status_reason: null,
  toolkit: { slug },
  auth_config: { id: 'ac_1', is_composio_managed: true, is_disabled: false },
  data: {},
  params: {},
  state: { authScheme: 'OAUTH2', val: { status: 'ACTIVE', access_token: 'x' } },
  is_disabled: false,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  user_id: 'acme',
});

const authConfig = {
  id: 'ac_1',
  uuid: 'u',
  name: 'github',
  type: 'default',
  toolkit: { slug: 'github', logo: '' },
  no_of_connections: 0,
  status: 'ENABLED',
  is_composio_managed: true,
  auth_scheme: 'OAUTH2',
  tool_access_config: {},
};

const toolkit = {
  slug: 'github',
  name: 'GitHub',
  enabled: true,
  is_local_toolkit: false,
  meta: {
    categories: [],
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    description: '',
    logo: '',
    tools_count: 2,
    triggers_count: 0,
    version: '1',
    available_versions: [],
  },
  auth_config_details: [
    {
      mode: 'OAUTH2',
      name: 'OAuth',
      fields: {
        auth_config_creation: { required: [], optional: [] },
        connected_account_initiation: { required: [], optional: [] },
      },
    },
  ],
};
