import { conversationRequests, type TurnView } from '@baton/contracts';

import { RedisClient } from '@baton/service';
import { waitFor } from '@baton/testkit';

import { type Answer, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';
import { LayeredLimiter } from './layered-limiter.js';

const LIMITS = { BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '20', BATON_RATE_LIMIT_MESSAGES_PER_10S: '5' };

describe('how fast one may go', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateways: TestGateway[];

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateways = await Promise.all([TestGateway.start(servers, LIMITS), TestGateway.start(servers, LIMITS)]);
    services.on(conversationRequests.list, () => ({ items: [], next_cursor: null }));
    services.on(conversationRequests.receiveMessage, (body) => ({
      result: { conversation_id: body.conversation_id } as TurnView,
      replayed: false,
    }));
  });

  afterAll(async () => {
    for (const gateway of gateways) await gateway.close();
    await services?.close();
    await servers?.stop();
  });

  const lists = (count: number, token: string): Promise<Answer[]> =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        (gateways[index % 2] as TestGateway).call('GET', '/api/v1/conversations', { token }),
      ),
    );
  const refused = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 429);
  const message = (conversation_id: string, token: string) =>
    (gateways[0] as TestGateway).call('POST', '/api/v1/hil/message', {
      token,
      body: { conversation_id, message: 'Hello', sender_type: 'user' },
    });

  it('is a number of requests a second for a key, counted over all replicas', async () => {
    const [gateway] = gateways as [TestGateway];
    const key = await gateway.keyWith(['conversations']);
    const answers = await lists(60, key);
    // A second may begin anew in the middle.
    expect(refused(answers).length).toBeGreaterThanOrEqual(10);
    const [first] = refused(answers);
    expect(first?.body.type).toBe('urn:baton:problem:too-many-requests');
    expect(first?.headers.get('retry-after')).toBe('1');
    expect(first?.headers.get('ratelimit-policy')).toBe('"requests";q=20;w=1');
    expect(first?.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=1$/);
    const other = await gateway.keyWith(['conversations']);
    expect(refused(await lists(5, other))).toEqual([]);
  });

  it.each([10, 60, 500])(
    'of %i is exact where one process counts it, however many come at once',
    async (points) => {
      const redis = new RedisClient(servers.redis.url, 'limits');
      try {
        await waitFor(() => redis.isReady, { what: 'Redis to be connected' });
        const limiter = new LayeredLimiter(redis, { name: `exact-${points}`, points, seconds: 60 });
        const answers = await Promise.all(Array.from({ length: points * 2 }, () => limiter.consume('key')));
        expect(answers.filter(({ isAllowed }) => isAllowed)).toHaveLength(points);
        expect(Math.min(...answers.map(({ remaining }) => remaining))).toBe(0);
      } finally {
        redis.disconnect();
      }
    },
  );

  it('lets at most a tenth more through for each further process', async () => {
    const clients = [1, 2, 3].map((index) => new RedisClient(servers.redis.url, `limits-${index}`));
    try {
      await waitFor(() => clients.every(({ isReady }) => isReady), { what: 'Redis to be connected' });
      const limiters = clients.map(
        (redis) => new LayeredLimiter(redis, { name: 'shared', points: 100, seconds: 60 }),
      );
      const answers = await Promise.all(
        limiters.flatMap((limiter) => Array.from({ length: 100 }, () => limiter.consume('key'))),
      );
      const allowed = answers.filter(({ isAllowed }) => isAllowed).length;
      expect(allowed).toBeGreaterThanOrEqual(90);
      expect(allowed).toBeLessThanOrEqual(120);
    } finally {
      for (const redis of clients) redis.disconnect();
    }
  });

  it('is a number of requests a second for a tenant, whatever keys it has', async () => {
    const limited = await TestGateway.start(servers, { BATON_RATE_LIMIT_TENANT_REQUESTS_PER_SECOND: '10' });
    gateways.push(limited);
    const created = await limited.call('POST', '/api/v1/tenants', { body: { name: 'Busy' } });
    const first = created.body.api_key as string;
    const body = { name: 'Second', scopes: ['conversations'] };
    const second = await limited.call('POST', '/api/v1/api-keys', { token: first, body });
    const tokens = [first, second.body.api_key as string];
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        limited.call('GET', '/api/v1/conversations', { token: tokens[index % 2] as string }),
      ),
    );
    // A second may begin anew in the middle.
    expect(refused(answers).length).toBeGreaterThanOrEqual(30);
    expect(refused(answers)[0]?.headers.get('ratelimit-policy')).toBe(
      '"requests";q=1000000;w=1, "tenant";q=10;w=1',
    );
    expect(refused(answers)[0]?.headers.get('retry-after')).toBe('1');
    expect(refused(answers)[0]?.body.detail).toBe('More than 10 requests of this tenant in 1 s');
    // Another tenant has its own.
    const other = await limited.call('POST', '/api/v1/tenants', { body: { name: 'Quiet' } });
    const token = other.body.api_key as string;
    expect((await limited.call('GET', '/api/v1/conversations', { token })).status).toBe(200);
  });

  it('is a number of messages in ten seconds for a conversation', async () => {
    const [gateway] = gateways as [TestGateway];
    const key = await gateway.keyWith(['conversations']);
    const answers = [];
    for (let index = 0; index < 7; index += 1) answers.push(await message('conv_fast', key));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 429, 429]);
    const last = answers.at(-1);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(1);
    expect(last?.headers.get('ratelimit-policy')).toBe('"requests";q=20;w=1, "messages";q=5;w=10');
    expect((await message('conv_other', key)).status).toBe(202);
  });

  it('is counted in this process while Redis is gone', async () => {
    const [gateway] = gateways as [TestGateway];
    const key = await gateway.keyWith(['conversations']);
    await servers.redis.stop();
    const answers = await lists(100, key);
    expect(refused(answers).length).toBeGreaterThan(0);
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
    const { text } = await gateway.call('GET', '/metrics', { token: null });
    expect(text).toMatch(/baton_rate_limit_without_redis_total\{limit="requests",.*\} [1-9]/);
    expect(text).toMatch(/baton_gateway_rate_limited_total\{limit="requests",.*\} [1-9]/);
  });
});
