import { type UsageReport, usageRequests } from '@baton/contracts';

import { TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

const NUMBERS = {
  calls: 2,
  attempts: 3,
  answered: 2,
  cached_answers: 0,
  unknown: 0,
  input_tokens: 100,
  cached_tokens: 10,
  output_tokens: 20,
  reasoning_tokens: 5,
  cost_usd: '0.0000135',
};
const REPORT: UsageReport = {
  ...NUMBERS,
  from: null,
  to: null,
  group_by: 'model',
  items: [{ ...NUMBERS, group: 'openai/test-model' }],
  next_cursor: null,
};

describe('what models were used for', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers);
    services.on(usageRequests.report, () => REPORT);
    services.on(usageRequests.models, () => ({ tiers: { fast: ['openai/test-model'] }, models: [] }));
  });
  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  it('is told by group, the group under its own name too, money as a decimal string', async () => {
    const { status, body } = await gateway.call('GET', '/api/v1/usage?group_by=model');

    expect(status).toBe(200);
    expect(body).toEqual({ ...REPORT, items: [{ ...REPORT.items[0], model: 'openai/test-model' }] });
  });

  it('is asked for a time in any offset, and for a page', async () => {
    const query = 'from=2026-11-22T01:00:00%2B01:00&to=2026-11-23&group_by=day&limit=7&cursor=7';
    expect((await gateway.call('GET', `/api/v1/usage?${query}`)).status).toBe(200);

    expect(services.lastAsked(usageRequests.report).body).toEqual({
      from: '2026-11-22T00:00:00.000Z',
      to: '2026-11-23T00:00:00.000Z',
      group_by: 'day',
      limit: 7,
      cursor: '7',
    });
  });

  it.each([
    'group_by=colour',
    'from=yesterday',
    'from=2026-13-40',
    'from=2026-11-23&to=2026-11-22',
    'limit=0',
    'limit=201',
  ])('is refused for %s', async (query) => {
    const { status, body } = await gateway.call('GET', `/api/v1/usage?${query}`);
    expect({ status, type: body.type }).toEqual({
      status: 400,
      type: 'urn:baton:problem:validation-failed',
    });
  });

  it('is for those who may see analytics', async () => {
    expect((await gateway.call('GET', '/api/v1/usage', { token: null })).status).toBe(401);
    const key = await gateway.keyWith(['conversations']);
    expect((await gateway.call('GET', '/api/v1/usage', { token: key })).status).toBe(403);
    const analyst = await gateway.keyWith(['analytics']);
    expect((await gateway.call('GET', '/api/v1/usage', { token: analyst })).status).toBe(200);
  });

  it('has the models and how they are beside it', async () => {
    const { status, body } = await gateway.call('GET', '/api/v1/models');
    expect({ status, body }).toEqual({
      status: 200,
      body: { tiers: { fast: ['openai/test-model'] }, models: [] },
    });
  });
});
