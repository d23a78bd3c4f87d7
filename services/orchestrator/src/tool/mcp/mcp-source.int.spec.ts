import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { findFreePort, waitFor } from '@baton/testkit';

import { AccessToken, type ConnectionTokens } from '../../connection/connection-tokens.port.js';
import { ReconnectNeededError } from '../../connection/reconnect-needed.error.js';
import { McpSourceFile } from '../source/source-file.schema.js';
import { heldBack } from '../testing/held-back.fixture.js';
import { MemoryJournal } from '../testing/memory-journal.fixture.js';
import { nodeScope } from '../testing/node-scope.fixture.js';
import { sourcePorts } from '../testing/source-ports.fixture.js';
import { ToolExecutor } from '../tool-executor.js';
import type { ToolOutcome } from '../tool-outcome.js';
import { ToolRegistry } from '../tool-registry.js';
import { mcpSource } from './mcp-source.js';

/** A server that nobody here wrote. */
const EVERYTHING = join(
  dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json')),
  'dist/index.js',
);
const CHANGING = fileURLToPath(new URL('testing/changing-server.fixture.ts', import.meta.url));
const PATIENCE = { timeoutMs: 60_000, everyMs: 50 };

interface Seen {
  readonly pid: number;
  readonly cancelled: number;
  readonly env: Record<string, string>;
  readonly meta: Record<string, unknown>;
}

describe('the tools of an MCP server', () => {
  const opened: { close(): Promise<void> }[] = [];
  let child: ChildProcess | undefined;
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((registry) => registry.close()));
    child?.kill('SIGKILL');
    child = undefined;
  });

  const set = (file: Record<string, unknown>, given: Parameters<typeof sourcePorts>[0] = {}) => {
    const ports = sourcePorts(given);
    const parsed = McpSourceFile.parse({ type: 'mcp', source: 'peer', risk: 'LOW', ...file });
    const registry = new ToolRegistry([]);
    registry.add(mcpSource(parsed, tmpdir(), ports));
    opened.push(registry);
    const executor = new ToolExecutor(registry, { toolFailed: () => undefined });
    const call = async (tool: string, args: unknown, tenantId = 'acme') => {
      const scope = nodeScope({ tenantId, tools: [tool], journal: new MemoryJournal() });
      return (await executor.execute([{ callId: '1', tool, args }], scope))[0] as ToolOutcome;
    };
    const names = async () => (await registry.list('acme')).map(({ name }) => name.replace('peer.', ''));
    /** A server that takes long to start on a busy machine is there when it is there. */
    const ready = () => waitFor(async () => (await names()).length > 0, { what: 'the tools', ...PATIENCE });
    return { registry, call, names, ready, heard: ports.heard };
  };
  const changing = (more: Record<string, unknown> = {}, given: Parameters<typeof sourcePorts>[0] = {}) =>
    set({ command: process.execPath, args: ['--no-warnings', CHANGING], ...more }, given);
  const seen = (outcome: ToolOutcome): Seen => {
    expect(outcome).toMatchObject({ kind: 'result' });
    return (outcome as { value: Seen }).value;
  };

  const everything = async ({ call, registry, names, ready }: ReturnType<typeof set>) => {
    await ready();
    expect(await names()).toEqual(expect.arrayContaining(['echo', 'get-sum', 'get-structured-content']));
    expect(await call('peer.echo', { message: 'Hello' })).toEqual({ kind: 'result', value: 'Echo: Hello' });
    expect(await call('peer.get-sum', { a: 2, b: 3 })).toMatchObject({
      kind: 'result',
      value: expect.stringContaining('5'),
    });
    expect(await call('peer.get-sum', { a: 'two', b: 3 })).toMatchObject({
      kind: 'error',
      error: { code: 'invalid-arguments', message: expect.stringContaining('a must be number') },
    });
    expect(await call('peer.get-structured-content', { location: 'New York' })).toMatchObject({
      kind: 'result',
      value: { temperature: expect.any(Number) },
    });
    const image = await call('peer.get-tiny-image', {});
    expect(JSON.stringify(image)).toMatch(/image\/png, \d+ bytes/);
    const list = await registry.list('acme');
    expect(list.every(({ source, connected }) => source === 'mcp' && connected)).toBe(true);
  };

  it('of somebody else are there over standard streams', async () => {
    await everything(set({ command: process.execPath, args: [EVERYTHING, 'stdio'] }));
  });

  it('of somebody else are there over HTTP, and there again when their server is', async () => {
    const port = await findFreePort();
    const serve = (): void => {
      child = spawn(process.execPath, [EVERYTHING, 'streamableHttp'], {
        env: { ...process.env, PORT: String(port) },
        stdio: 'ignore',
      });
    };
    serve();
    const peer = set({ url: `http://127.0.0.1:${port}/mcp` }, { allowed: [`127.0.0.1:${port}`] });
    await everything(peer);

    child?.kill('SIGKILL');
    // Nobody can say whether it heard the call.
    const lost = await waitFor(
      async () => {
        const outcome = await peer.call('peer.echo', { message: 'Hello' });
        return outcome.kind !== 'result' && outcome;
      },
      { what: 'the loss', ...PATIENCE },
    );
    expect(['unsettled', 'error']).toContain(lost.kind);
    await waitFor(async () => (await peer.registry.list('acme')).every(({ connected }) => !connected), {
      what: 'no connection',
      ...PATIENCE,
    });
    serve();
    await waitFor(async () => (await peer.call('peer.echo', { message: 'Again' })).kind === 'result', {
      what: 'the new server',
      ...PATIENCE,
    });
  });

  it('are not asked for where nobody may go', async () => {
    const port = await findFreePort();
    const { registry, call, heard } = set({ url: `http://127.0.0.1:${port}/mcp` });
    expect(await registry.list('acme')).toEqual([]);
    await waitFor(() => heard.trouble.length > 0, { what: 'the refusal', ...PATIENCE });
    expect(heard.trouble[0]).toContain('not on the public internet');
    // A workflow that names one may still be loaded: it may be there when it runs.
    expect(registry.has('peer.echo')).toBe(true);
    expect(await call('peer.echo', {})).toEqual({
      kind: 'error',
      error: { code: 'unavailable', message: 'peer, which has this tool, can not be reached' },
    });
  });

  it('are not read from an answer that does not end', async () => {
    const flood = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (response.write(' '.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    await new Promise<void>((resolve) => flood.listen(0, '127.0.0.1', resolve));
    const at = `127.0.0.1:${(flood.address() as AddressInfo).port}`;
    const { registry, heard } = set({ url: `http://${at}/mcp` }, { allowed: [at] });
    await registry.list('acme');
    await waitFor(() => heard.trouble.length > 0, { what: 'the end of it', ...PATIENCE });
    expect(heard.trouble[0]).toContain('has more than');
    await Promise.all(opened.splice(0).map((each) => each.close()));
    flood.closeAllConnections();
    await new Promise((resolve) => flood.close(resolve));
  });

  it('with connections are those of each tenant: who has none is handed over', async () => {
    const port = await findFreePort();
    child = spawn(process.execPath, [EVERYTHING, 'streamableHttp'], {
      env: { ...process.env, PORT: String(port) },
      stdio: 'ignore',
    });
    const connections: ConnectionTokens = {
      providers: new Set(['everything']),
      isConnected: (tenantId) => Promise.resolve(tenantId === 'acme'),
      accessToken: ({ tenantId }) =>
        tenantId === 'acme'
          ? Promise.resolve(new AccessToken('conn_1', 'canary-token', null))
          : Promise.reject(
              new ReconnectNeededError('not-connected', 'everything', null, 'Nobody connected it'),
            ),
    };
    const { ready, call, registry } = set(
      { url: `http://127.0.0.1:${port}/mcp`, auth: { connection: 'everything' } },
      { allowed: [`127.0.0.1:${port}`], connections },
    );
    expect(await registry.list('other')).toEqual([]);
    expect(await call('peer.echo', { message: 'Hello' }, 'other')).toMatchObject({
      kind: 'disconnected',
      error: { code: 'not-connected', message: 'Nobody connected it' },
    });
    await ready();
    expect(await call('peer.echo', { message: 'canary-token' })).toEqual({
      kind: 'result',
      value: 'Echo: [secret]',
    });
  });

  it('are all pages of them, without those that can not be used, and follow its changes', async () => {
    const { names, ready, call, registry, heard } = changing({ tools: { hang: { risk: 'CRITICAL' } } });
    await ready();
    expect(await names()).toEqual(['add_tool', 'crash', 'delete_all', 'hang', 'whoami']);
    expect(heard.refused).toEqual([
      'peer: delete/all: another tool of this server is called the same',
      expect.stringContaining('peer: list: its input schema is none'),
    ]);
    // What a server says of its tools makes them riskier, and never less risky.
    const tiers = Object.fromEntries(
      (await registry.list('acme')).map(({ name, risk_tier }) => [name, risk_tier]),
    );
    expect(tiers).toMatchObject({ 'peer.whoami': 'LOW', 'peer.delete_all': 'HIGH', 'peer.hang': 'CRITICAL' });
    expect(await heldBack(call('peer.delete_all', {}))).toMatchObject({ risk: { risk_tier: 'HIGH' } });

    expect(registry.has('peer.new')).toBe(false);
    await call('peer.add_tool', { name: 'new' });
    await waitFor(async () => (await names()).includes('new'), { what: 'the new tool', ...PATIENCE });
    expect(registry.has('peer.new')).toBe(true);
    expect(await call('peer.new', {})).toMatchObject({ kind: 'result' });
  });

  it('get their variables and their key, and nothing else of ours; a secret does not come back', async () => {
    process.env['CANARY_OF_OURS'] = 'canary-ours';
    const { ready, call } = changing(
      { env: { GIVEN: 'as it is', TOKEN: { env: 'PEER_TOKEN' } } },
      { environment: { PEER_TOKEN: 'canary-token' } },
    );
    await ready();
    const { env, meta } = seen(await call('peer.whoami', {}));
    delete process.env['CANARY_OF_OURS'];

    expect(env).toMatchObject({ GIVEN: 'as it is', TOKEN: '[secret]' });
    expect(JSON.stringify(env)).not.toMatch(/canary/i);
    expect(meta).toMatchObject({ 'baton/idempotency-key': 'run_1:answer:1' });
  });

  it('that hang are cancelled at their server, and left behind here', async () => {
    const { ready, call } = changing({
      tools: { hang: { timeout: '300ms' }, whoami: { idempotency: 'safe' } },
    });
    await ready();
    // Nobody knows what it did until then.
    expect(await call('peer.hang', {})).toMatchObject({ kind: 'unsettled' });
    await waitFor(async () => seen(await call('peer.whoami', {})).cancelled === 1, {
      what: 'the cancellation',
      ...PATIENCE,
    });
  });

  it('that end their server leave the call open, and the server is started again', async () => {
    const { ready, call } = changing({ tools: { whoami: { idempotency: 'safe' } } });
    await ready();
    const before = seen(await call('peer.whoami', {})).pid;
    expect(await call('peer.crash', {})).toMatchObject({ kind: 'unsettled' });
    const after = await waitFor(
      async () => {
        const outcome = await call('peer.whoami', {});
        return outcome.kind === 'result' && seen(outcome).pid;
      },
      { what: 'the new process', ...PATIENCE },
    );
    expect(after).not.toBe(before);
  });

  it('whose program is not there are none, and that is said', async () => {
    const { registry, heard } = set({ command: '/nowhere/at/all' });
    expect(await registry.list('acme')).toEqual([]);
    expect(heard.trouble[0]).toContain('ENOENT');
  });
});
