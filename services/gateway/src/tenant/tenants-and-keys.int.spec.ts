import { conversationRequests, staffRequests } from '@baton/contracts';
import { waitFor } from '@baton/testkit';
import pg from 'pg';

import { FIRST_KEY, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

describe('tenants and API keys', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  let replica: TestGateway;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    [gateway, replica] = await Promise.all([TestGateway.start(servers), TestGateway.start(servers)]);
    services.on(conversationRequests.list, () => ({ items: [], next_cursor: null }));
    services.on(staffRequests.listQueue, () => ({ items: [], next_cursor: null }));
  });

  afterAll(async () => {
    await Promise.all([gateway?.close(), replica?.close()]);
    await services?.close();
    await servers?.stop();
  });

  const statusWith = async (on: TestGateway, token: string): Promise<number> =>
    (await on.call('GET', '/api/v1/conversations', { token })).status;

  it('gives a new tenant a key of its own, with all scopes', async () => {
    const made = await gateway.call('POST', '/api/v1/tenants', { body: { name: 'Acme' } });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      tenant_id: expect.stringMatching(/^tenant_/),
      api_key: expect.stringMatching(/^baton_/),
    });
    await gateway.call('GET', '/api/v1/queue', { token: made.body.api_key as string });
    expect(services.lastAsked(staffRequests.listQueue).ctx.tenant_id).toBe(made.body.tenant_id);
    const { body } = await gateway.call('GET', '/api/v1/tenants');
    expect(body.items).toContainEqual({
      tenant_id: made.body.tenant_id,
      name: 'Acme',
      created_at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    });
    expect(body.items[0]).toMatchObject({ tenant_id: 'default' });
  });

  it("shows a tenant its own keys only, and another's as if there were none", async () => {
    const { body: tenant } = await gateway.call('POST', '/api/v1/tenants', { body: { name: 'Private' } });
    const token = tenant.api_key as string;
    const { body: key } = await gateway.call('POST', '/api/v1/api-keys', {
      token,
      body: { name: 'Shop', scopes: ['conversations'] },
    });
    const { body: list } = await gateway.call('GET', '/api/v1/api-keys', { token });
    expect(list.items.map(({ name }: { name: string }) => name)).toEqual(['First key', 'Shop']);
    expect(JSON.stringify(list)).not.toContain(key.api_key);
    for (const method of ['GET', 'DELETE'])
      expect((await gateway.call(method, `/api/v1/api-keys/${key.key_id}`)).status).toBe(404);
    expect((await gateway.call('GET', `/api/v1/api-keys/${key.key_id}`, { token })).body).toMatchObject({
      name: 'Shop',
      scopes: ['conversations'],
    });
    expect(await statusWith(gateway, key.api_key as string)).toBe(200);
  });

  it('pages through keys, oldest first, and refuses a cursor it never gave', async () => {
    const { body: tenant } = await gateway.call('POST', '/api/v1/tenants', { body: { name: 'Many' } });
    const token = tenant.api_key as string;
    for (const name of ['a', 'b', 'c'])
      await gateway.call('POST', '/api/v1/api-keys', { token, body: { name, scopes: ['staff'] } });
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await gateway.call('GET', `/api/v1/api-keys?limit=3&cursor=${cursor}`, { token });
      names.push(...body.items.map((item: { name: string }) => item.name));
      cursor = body.next_cursor as string | null;
    }
    expect(names).toEqual(['First key', 'a', 'b', 'c']);
    expect((await gateway.call('GET', '/api/v1/api-keys?cursor=bm9wZSE')).status).toBe(400);
  });

  it('forgets a deleted key within a second on every replica', async () => {
    const made = await gateway.call('POST', '/api/v1/api-keys', {
      body: { name: 'Short-lived', scopes: ['conversations'] },
    });
    const { api_key: key, key_id } = made.body as { api_key: string; key_id: string };
    expect(await statusWith(gateway, key)).toBe(200);
    expect(await statusWith(replica, key)).toBe(200);
    expect((await gateway.call('DELETE', `/api/v1/api-keys/${key_id}`)).status).toBe(204);
    const deletedAt = performance.now();
    expect(await statusWith(gateway, key)).toBe(401);
    await waitFor(async () => (await statusWith(replica, key)) === 401, {
      what: 'the replica to refuse the key',
      everyMs: 5,
    });
    expect(performance.now() - deletedAt).toBeLessThan(1000);
    expect((await gateway.call('DELETE', `/api/v1/api-keys/${key_id}`)).status).toBe(404);
  });

  it('keeps only hashes of keys, and seals the answers it keeps', async () => {
    const headers = { 'idempotency-key': 'sealed-1' };
    const { body } = await gateway.call('POST', '/api/v1/api-keys', {
      body: { name: 'Sealed', scopes: ['staff'] },
      headers,
    });
    const client = new pg.Client({ connectionString: servers.database.url });
    await client.connect();
    try {
      const { rows } = await client.query(
        'SELECT row_to_json(k)::text AS row FROM gateway.api_keys k UNION ALL SELECT row_to_json(i)::text FROM gateway.idempotency i',
      );
      const text = rows.map(({ row }: { row: string }) => row).join('\n');
      expect(text).toContain('Sealed');
      expect(text).not.toContain(body.api_key);
      expect(text).not.toContain(FIRST_KEY);
    } finally {
      await client.end();
    }
  });

  it.each(['/api/v1/api-keys', '/api/v1/tenants'])(
    'makes one thing for one idempotency key on %s, however often and at once',
    async (path) => {
      const headers = { 'idempotency-key': `same-${path}` };
      const body = { name: 'Once', scopes: ['staff'] };
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 ? gateway : replica).call('POST', path, { body, headers }),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(
        9,
      );
      const reused = await gateway.call('POST', path, { body: { ...body, name: 'Twice' }, headers });
      expect([reused.status, reused.body.type]).toEqual([422, 'urn:baton:problem:idempotency-key-reused']);
    },
  );

  it('counts an idempotency key for its caller and route only', async () => {
    const headers = { 'idempotency-key': 'shared' };
    const { body: tenant } = await gateway.call('POST', '/api/v1/tenants', {
      body: { name: 'Shared' },
      headers,
    });
    const token = tenant.api_key as string;
    const mine = await gateway.call('POST', '/api/v1/api-keys', {
      body: { name: 'Mine', scopes: ['staff'] },
      headers,
    });
    const theirs = await gateway.call('POST', '/api/v1/api-keys', {
      token,
      body: { name: 'Mine', scopes: ['staff'] },
      headers,
    });
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(mine.body.key_id).not.toBe(theirs.body.key_id);
  });

  it.each([
    ['/api/v1/tenants', {}, 'name'],
    ['/api/v1/tenants', { name: ' ' }, 'name'],
    ['/api/v1/api-keys', { name: 'x' }, 'scopes'],
    ['/api/v1/api-keys', { name: 'x', scopes: 'staff' }, 'scopes'],
    ['/api/v1/api-keys', { name: 'x', scopes: ['root'] }, 'scopes'],
    ['/api/v1/api-keys', { name: 'x', scopes: [] }, 'scopes'],
    ['/api/v1/api-keys', { name: 'x', scopes: ['staff', 'staff'] }, 'scopes'],
  ])('refuses %s with %j', async (path, body, where) => {
    const answer = await gateway.call('POST', path, { body });
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, where]);
  });

  it('replaces the first key when a process starts with another', async () => {
    const other = await TestGateway.start(servers, { BATON_API_KEY: 'rotated-first-key' });
    try {
      expect(await statusWith(other, 'rotated-first-key')).toBe(200);
      expect(await statusWith(other, FIRST_KEY)).toBe(401);
    } finally {
      await other.close();
      const again = await TestGateway.start(servers);
      await again.close();
    }
  });
});
