import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AccessToken, type ConnectionTokens } from '../../connection/connection-tokens.port.js';
import { ReconnectNeededError } from '../../connection/reconnect-needed.error.js';
import { OpenApiSourceFile } from '../source/source-file.schema.js';
import { heldBack } from '../testing/held-back.fixture.js';
import { MemoryJournal } from '../testing/memory-journal.fixture.js';
import { nodeScope } from '../testing/node-scope.fixture.js';
import { sourcePorts } from '../testing/source-ports.fixture.js';
import { ToolExecutor } from '../tool-executor.js';
import type { ToolOutcome } from '../tool-outcome.js';
import { ToolRegistry } from '../tool-registry.js';
import { openApiSource } from './openapi-source.js';

interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const DOCUMENT = `
openapi: 3.0.3
info: { title: Shop, version: '1' }
servers: [{ url: 'https://{host}/v1', variables: { host: { default: shop.example } } }]
paths:
  /pets/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string } }
    get:
      operationId: getPet
      summary: One pet
      parameters:
        - { name: fields, in: query, schema: { type: array, items: { type: string } }, explode: false }
        - { name: X-Trace, in: header, schema: { type: string } }
        - { name: lang, in: cookie, schema: { type: string } }
    put:
      operationId: putPet
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } }
    delete: { operationId: deletePet }
  /pets:
    post:
      operationId: addPet
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } }
  /login:
    post:
      operationId: logIn
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema: { type: object, required: [user], properties: { user: { type: string }, roles: { type: array, items: { type: string } } } }
  /photo:
    post:
      operationId: addPhoto
      requestBody:
        required: true
        content: { multipart/form-data: { schema: { type: object, properties: { title: { type: string } } } } }
  /scan:
    post:
      operationId: addScan
      requestBody: { required: true, content: { image/png: {} } }
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: { type: string, readOnly: true }
        name: { type: string, nullable: true, maxLength: 10 }
        children: { type: array, items: { $ref: '#/components/schemas/Pet' } }
`;

describe('the tools of an OpenAPI document', () => {
  let server: Server;
  let folder: string;
  let base: string;
  let heard: Heard[];
  let answer: (heard: Heard) => { status?: number; body?: unknown; location?: string };

  beforeEach(async () => {
    heard = [];
    answer = () => ({ body: { done: true } });
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const each = { method, url, headers, body: Buffer.concat(chunks).toString() };
        heard.push(each);
        const { status = 200, body = null, location } = answer(each);
        response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) });
        response.end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    folder = await mkdtemp(join(tmpdir(), 'baton-openapi-'));
    await writeFile(join(folder, 'shop.yaml'), DOCUMENT);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const set = async (file: Record<string, unknown> = {}, given: Parameters<typeof sourcePorts>[0] = {}) => {
    const ports = sourcePorts({ allowed: [base], ...given });
    const parsed = OpenApiSourceFile.parse({
      type: 'openapi',
      source: 'shop',
      document: 'shop.yaml',
      server: `http://${base}/v1/`,
      ...file,
    });
    const registry = new ToolRegistry([]);
    registry.add(await openApiSource(parsed, folder, ports));
    const executor = new ToolExecutor(registry, { toolFailed: () => undefined });
    const call = async (
      tool: string,
      args: unknown,
      { tenantId = 'acme', journal = new MemoryJournal() } = {},
    ): Promise<ToolOutcome | undefined> =>
      (
        await executor.execute([{ callId: '1', tool, args }], nodeScope({ tenantId, tools: [tool], journal }))
      )[0];
    return { registry, call, heardOf: ports.heard };
  };
  /** Everything LOW, so that what is behind the gate can be seen. */
  const open = (...names: string[]) => ({
    tools: Object.fromEntries(names.map((name) => [name, { risk: 'LOW' }])),
  });

  it('are its operations, each with its schema and the tier of its method; what can not be written is left out and said', async () => {
    const { registry, heardOf } = await set();
    const tools = await registry.list('acme');

    expect(tools.map(({ name, risk_tier, source }) => [name, risk_tier, source])).toEqual([
      ['shop.addPet', 'MEDIUM', 'http'],
      ['shop.addPhoto', 'MEDIUM', 'http'],
      ['shop.deletePet', 'HIGH', 'http'],
      ['shop.getPet', 'LOW', 'http'],
      ['shop.logIn', 'MEDIUM', 'http'],
      ['shop.putPet', 'MEDIUM', 'http'],
    ]);
    expect(heardOf.refused).toEqual([expect.stringContaining('POST /scan: its body is image/png')]);
    const pet = { $ref: '#/$defs/Pet' };
    expect(tools.find(({ name }) => name === 'shop.putPet')?.input_schema).toEqual({
      type: 'object',
      properties: { id: { type: 'string' }, body: pet },
      required: ['id', 'body'],
      additionalProperties: false,
      $defs: {
        Pet: {
          type: 'object',
          // What only the server writes is nothing to send.
          required: ['name'],
          properties: {
            name: { type: ['string', 'null'], maxLength: 10 },
            children: { type: 'array', items: pet },
          },
        },
      },
    });
  });

  it('send what their arguments say, where it belongs', async () => {
    const { call } = await set(open('putPet', 'addPet', 'logIn', 'addPhoto'));
    const result = await call('shop.getPet', {
      id: 'a b/c',
      fields: ['name', 'age'],
      'X-Trace': 't1',
      lang: 'de',
    });
    await call('shop.putPet', { id: '7', body: { name: 'Rex', children: [{ name: null }] } });
    await call('shop.logIn', { body: { user: 'ana & co', roles: ['a', 'b'] } });
    await call('shop.addPhoto', { body: { title: 'Rex' } });

    expect(result).toEqual({ kind: 'result', value: { status: 200, body: { done: true } } });
    expect(heard).toMatchObject([
      {
        method: 'GET',
        url: '/v1/pets/a%20b%2Fc?fields=name,age',
        headers: { 'x-trace': 't1', cookie: 'lang=de', host: base },
      },
      {
        method: 'PUT',
        url: '/v1/pets/7',
        body: '{"name":"Rex","children":[{"name":null}]}',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'run_1:answer:1' },
      },
      {
        body: 'user=ana+%26+co&roles=a&roles=b',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
      { body: expect.stringContaining('name="title"\r\n\r\nRex') },
    ]);
  });

  it('are not run with arguments that do not fit, nor with a path that climbs out', async () => {
    const { call } = await set(open('putPet'));
    const refusals = [
      await call('shop.putPet', { id: '7', body: { name: 'far too long a name' } }),
      await call('shop.putPet', { id: '7', body: { name: 'Rex', children: [{}] } }),
      await call('shop.getPet', { id: '7', admin: true }),
      await call('shop.getPet', { id: '..' }),
      await call('shop.getPet', { id: '.' }),
      await call('shop.getPet', { id: '' }),
    ];
    expect(refusals.map((each) => each?.kind === 'error' && each.error.code)).toEqual(
      refusals.map(() => 'invalid-arguments'),
    );
    expect(heard).toEqual([]);
  });

  it('are held at the gate above LOW', async () => {
    const { call } = await set();
    expect(await heldBack(call('shop.addPet', { body: { name: 'Rex' } }))).toMatchObject({
      kind: 'tool',
      risk: { risk_tier: 'MEDIUM' },
    });
    expect(await heldBack(call('shop.deletePet', { id: '7' }))).toMatchObject({
      risk: { risk_tier: 'HIGH' },
    });
    expect(heard).toEqual([]);
  });

  it('tell what a server refuses; what it fails at is open, unless it only reads or may be repeated', async () => {
    const { call } = await set(open('addPet', 'putPet'));
    answer = () => ({ status: 404, body: { detail: 'No such pet' } });
    expect(await call('shop.getPet', { id: '7' })).toEqual({
      kind: 'error',
      error: { code: 'http-404', message: 'GET /pets/{id} answered 404: {"detail":"No such pet"}' },
    });
    answer = () => ({ status: 502 });
    expect(await call('shop.getPet', { id: '7' })).toMatchObject({ error: { code: 'http-502' } });
    expect(await call('shop.addPet', { body: { name: 'Rex' } })).toMatchObject({ kind: 'unsettled' });
    await expect(call('shop.putPet', { id: '7', body: { name: 'Rex' } })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('reach no private address that was not allowed, and follow no redirect to one', async () => {
    const { call } = await set({}, { allowed: [] });
    expect(await call('shop.getPet', { id: '7' })).toMatchObject({ error: { code: 'url-refused' } });
    expect(heard).toEqual([]);
    const allowed = await set();
    answer = () => ({ status: 302, location: 'http://169.254.169.254/latest/meta-data/' });
    expect(await allowed.call('shop.getPet', { id: '7' })).toMatchObject({ error: { code: 'url-refused' } });
  });

  describe('with a credential', () => {
    const environment = { SHOP_KEY: 'canary-4711', SHOP_USER: 'ana', EMPTY: '' };

    it.each([
      [
        'a bearer token',
        { bearer: { env: 'SHOP_KEY' } },
        { authorization: 'Bearer canary-4711' },
        '/v1/pets/7',
      ],
      ['a header', { header: 'X-Api-Key', env: 'SHOP_KEY' }, { 'x-api-key': 'canary-4711' }, '/v1/pets/7'],
      ['the query', { query: 'key', env: 'SHOP_KEY' }, {}, '/v1/pets/7?key=canary-4711'],
      [
        'a name and a password',
        { basic: { username: { env: 'SHOP_USER' }, password: { env: 'SHOP_KEY' } } },
        { authorization: `Basic ${Buffer.from('ana:canary-4711').toString('base64')}` },
        '/v1/pets/7',
      ],
    ])('of the environment send %s, which comes back in no result', async (_what, auth, headers, url) => {
      const { call, registry } = await set({ auth }, { environment });
      answer = (request) => ({ body: { you_sent: request.headers, to: request.url } });
      const outcome = await call('shop.getPet', { id: '7' });

      expect(heard).toMatchObject([{ url, headers }]);
      expect(outcome).toMatchObject({ kind: 'result' });
      expect(JSON.stringify(outcome)).not.toMatch(/canary-4711|YW5hOmNhbmFyeS00NzEx/);
      expect((await registry.list('acme')).every(({ connected }) => connected)).toBe(true);
    });

    it('that is not set are not connected, and say what is missing', async () => {
      const { call, registry } = await set({ auth: { bearer: { env: 'EMPTY' } } }, { environment });
      expect(await call('shop.getPet', { id: '7' })).toEqual({
        kind: 'error',
        error: { code: 'not-configured', message: 'EMPTY, which this tool needs, is not set' },
      });
      expect((await registry.list('acme')).some(({ connected }) => connected)).toBe(false);
    });

    it('of a connection send the token of their own tenant, another where it was rejected, and hand over where there is none', async () => {
      const connections: ConnectionTokens = {
        providers: new Set(['shop']),
        isConnected: (tenantId) => Promise.resolve(tenantId !== 'nobody'),
        accessToken: ({ tenantId, rejected }) =>
          tenantId === 'nobody'
            ? Promise.reject(new ReconnectNeededError('not-connected', 'shop', null, 'shop is not connected'))
            : Promise.resolve(
                new AccessToken('conn_1', `${tenantId}-${rejected ? 'fresh' : 'stale'}-token`, null),
              ),
      };
      const { call, registry } = await set({ auth: { connection: 'shop' } }, { connections });
      answer = ({ headers }) => ({ status: headers.authorization?.includes('stale') ? 401 : 200 });

      expect(await call('shop.getPet', { id: '7' })).toMatchObject({ kind: 'result' });
      expect(heard.map(({ headers }) => headers.authorization)).toEqual([
        'Bearer acme-stale-token',
        'Bearer acme-fresh-token',
      ]);
      const journal = new MemoryJournal();
      const outcome = {
        kind: 'disconnected',
        error: { code: 'not-connected', message: 'shop is not connected' },
      };
      expect(await call('shop.getPet', { id: '7' }, { tenantId: 'nobody', journal })).toMatchObject(outcome);
      // Behind a crash it is the same.
      expect(await call('shop.getPet', { id: '7' }, { tenantId: 'nobody', journal })).toMatchObject(outcome);
      expect((await registry.list('nobody')).some(({ connected }) => connected)).toBe(false);
    });
  });

  it('are for some tenants where the file says so', async () => {
    const { registry, call } = await set({ tenants: ['acme'] });
    expect(await registry.list('other')).toEqual([]);
    expect(await call('shop.getPet', { id: '7' }, { tenantId: 'other' })).toMatchObject({
      error: { code: 'unknown-tool' },
    });
  });

  it('are those that were chosen; a name that no operation has is told', async () => {
    const { registry } = await set({ include: ['getPet', 'putPet'], exclude: ['putPet'] });
    expect((await registry.list('acme')).map(({ name }) => name)).toEqual(['shop.getPet']);
    await expect(set({ include: ['getPets'] })).rejects.toThrow('it has no operation "getPets"');
  });

  it('of a document by URL are there as soon as it is', async () => {
    answer = () => ({ status: 503 });
    const { registry } = await set({ document: `http://${base}/openapi.yaml` });
    expect(await registry.list('acme')).toEqual([]);
    expect(registry.has('shop.getPet')).toBe(true);
    expect(registry.has('other.getPet')).toBe(false);
    answer = () => ({
      body: { openapi: '3.1.0', paths: { '/pets': { get: { operationId: 'listPets' } } } },
    });
    let names: string[] = [];
    for (let tries = 0; tries < 300 && names.length === 0; tries += 1) {
      names = (await registry.list('acme')).map(({ name }) => name);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(names).toEqual(['shop.listPets']);
    expect(registry.has('shop.getPet')).toBe(false);
  });

  it('are refused as a whole where two would have one name', async () => {
    await writeFile(
      join(folder, 'shop.yaml'),
      'openapi: 3.1.0\npaths:\n  /a: { get: { operationId: "get x" } }\n  /b: { get: { operationId: get_x } }\n',
    );
    await expect(set()).rejects.toThrow('GET /a and GET /b would both be called "get_x"');
  });
});
