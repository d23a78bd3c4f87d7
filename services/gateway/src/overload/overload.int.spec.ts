import { conversationRequests } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

const LIMITS = { BATON_MAX_REQUESTS_IN_FLIGHT: '4', BATON_MAX_REQUESTS_WAITING: '6' };

describe('more than the services can bear', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers, LIMITS);
  });

  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const list = () => gateway.call('GET', '/api/v1/conversations');

  it('is refused at once with when to come back, and what was taken in is answered', async () => {
    const held: (() => void)[] = [];
    services.on(conversationRequests.list, async () => {
      await new Promise<void>((resolve) => held.push(resolve));
      return { items: [], next_cursor: null };
    });
    const taken = Array.from({ length: 10 }, list);
    await waitFor(() => held.length === 4, { what: 'four requests under way' });
    const metrics = () => gateway.call('GET', '/metrics', { token: null });
    await waitFor(
      async () =>
        (await metrics()).text.includes(
          'baton_bulkhead_waiting{dependency="orchestrator",service="gateway"} 6',
        ),
      { what: 'six that wait' },
    );

    const refused = await Promise.all(Array.from({ length: 20 }, list));
    for (const answer of refused) {
      expect(answer.status).toBe(503);
      expect(answer.body.type).toBe('urn:baton:problem:unavailable');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    // Neither one part's overload nor our own refusals take the others away.
    expect((await gateway.call('GET', '/health/live', { token: null })).status).toBe(200);
    expect((await gateway.call('GET', '/api/v1/api-keys')).status).toBe(200);
    expect((await metrics()).text).toMatch(
      /baton_calls_refused_total\{dependency="orchestrator",reason="full",service="gateway"\} 20/,
    );

    let isDone = false;
    const answers = Promise.all(taken).finally(() => (isDone = true));
    await waitFor(
      () => {
        for (const end of held.splice(0)) end();
        return isDone;
      },
      { what: 'those taken in to be answered' },
    );
    expect((await answers).map(({ status }) => status)).toEqual(Array(10).fill(200));
    services.on(conversationRequests.list, () => ({ items: [], next_cursor: null }));
    expect((await list()).status).toBe(200);
  });
});
