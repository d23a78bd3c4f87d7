import { request } from 'node:http';

import { conversationRequests } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

describe('while something the gateway needs is away', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers);
    services.on(conversationRequests.list, () => ({ items: [], next_cursor: null }));
  });

  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const list = () => gateway.call('GET', '/api/v1/conversations');
  const isReady = async () => (await gateway.call('GET', '/health/ready', { token: null })).status === 200;

  it('says 503 and when to try again while PostgreSQL is down, and goes on when it is back', async () => {
    expect((await list()).status).toBe(200);
    servers.postgres.kill('SIGKILL');
    const refused = await waitFor(
      async () => {
        const answer = await list();
        return answer.status === 503 && answer;
      },
      { what: 'the memory of the key to age' },
    );
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body.type).toBe('urn:baton:problem:unavailable');
    expect(refused.text).not.toMatch(/postgres:\/\/|password/);
    expect(await isReady()).toBe(false);
    expect((await gateway.call('GET', '/health/live', { token: null })).status).toBe(200);
    await servers.postgres.restart();
    await waitFor(async () => (await list()).status === 200, { what: 'the gateway to go on' });
    expect(await isReady()).toBe(true);
  });

  it('says 503 while NATS is down, and goes on when it is back', async () => {
    await servers.nats.stop();
    const refused = await list();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await isReady()).toBe(false);
    await servers.nats.restart();
    await waitFor(async () => (await list()).status === 200, { what: 'the gateway to go on' });
  });

  it('answers a client that offers HTTP/2 with every request', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQ',
      };
      request(`${gateway.url}/health/live`, { headers }, (response) => resolve(response.statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });
});
