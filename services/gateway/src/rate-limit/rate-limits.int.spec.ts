import { conversationRequests, type TurnView } from '@baton/contracts';

import { type Answer, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

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
    expect(refused(answers).length).toBeGreaterThanOrEqual(20);
    const [first] = refused(answers);
    expect(first?.body.type).toBe('urn:baton:problem:too-many-requests');
    expect(first?.headers.get('retry-after')).toBe('1');
    expect(first?.headers.get('ratelimit-policy')).toBe('"requests";q=20;w=1');
    expect(first?.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=1$/);
    const other = await gateway.keyWith(['conversations']);
    expect(refused(await lists(5, other))).toEqual([]);
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

  it('is counted in this process while Redis is gone, and nobody waits for it', async () => {
    const [gateway] = gateways as [TestGateway];
    const key = await gateway.keyWith(['conversations']);
    await servers.redis.stop();
    const started = performance.now();
    const answers = await lists(100, key);
    expect(performance.now() - started).toBeLessThan(1500);
    expect(refused(answers).length).toBeGreaterThan(0);
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
  });
});
