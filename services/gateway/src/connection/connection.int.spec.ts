import {
  BatonError,
  type BodyOf,
  connectionRequests as requests,
  type RequestContext,
} from '@baton/contracts';

import { TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

const CALLBACK = '/api/v1/oauth/callback';

describe('connections and the way back from a provider', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  const begun: { body: BodyOf<typeof requests.begin>; ctx: RequestContext }[] = [];
  const completed: { body: BodyOf<typeof requests.complete>; ctx: RequestContext }[] = [];

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers, { BATON_PUBLIC_URL: 'https://baton.example/' });
    services.on(requests.begin, (body, ctx) => {
      begun.push({ body, ctx });
      return {
        result: { connection_id: 'conn_1', authorize_url: 'https://as.example/auth?state=s' },
        replayed: false,
      };
    });
    services.on(requests.complete, (body, ctx) => {
      completed.push({ body, ctx });
      const { state } = body;
      if (state === 'down')
        throw new BatonError('unavailable', 'acme does not answer', { retryAfterMs: 7000 });
      if (state !== 'good' && state !== 'denied')
        throw new BatonError('validation-failed', 'This link is not known');
      return { provider: 'acme', outcome: state === 'good' ? ('connected' as const) : ('denied' as const) };
    });
  });
  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const comeBack = (query: string) => gateway.call('GET', `${CALLBACK}${query}`, { token: null });

  it('begin with the way back that the operator named, whatever Host the caller says', async () => {
    const answer = await gateway.call('POST', '/api/v1/connections', {
      body: { provider: 'acme', scopes: ['orders.read'] },
      headers: { 'x-forwarded-host': 'evil.example', 'idempotency-key': 'k' },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      connection_id: 'conn_1',
      authorize_url: 'https://as.example/auth?state=s',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(begun.at(-1)?.body).toEqual({
      provider: 'acme',
      scopes: ['orders.read'],
      redirect_uri: `https://baton.example${CALLBACK}`,
    });
    expect(begun.at(-1)?.ctx.idempotency?.key).toBe('k');
    for (const body of [{}, { provider: 'a b' }, { provider: 'acme', scopes: 'x' }])
      expect((await gateway.call('POST', '/api/v1/connections', { body })).status).toBe(400);
    expect((await gateway.call('GET', '/api/v1/connections?status=SOMETIMES')).status).toBe(400);
  });

  it('end in a page without script, whose address goes nowhere', async () => {
    const answer = await comeBack('?state=good&code=c&iss=https%3A%2F%2Fas.example&session_state=more');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.text).toContain('acme is connected');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(completed.at(-1)).toMatchObject({
      body: { state: 'good', code: 'c', iss: 'https://as.example' },
      ctx: { tenant_id: '*' },
    });
  });

  it('say no, not known and not now in a page of their own', async () => {
    expect(await comeBack('?state=denied&error=access_denied')).toMatchObject({
      status: 400,
      text: expect.stringContaining('You said no at acme') as unknown,
    });
    for (const query of ['?state=other&code=c', '', '?state=a&state=b', `?state=${'x'.repeat(5000)}`]) {
      const answer = await comeBack(query);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
    }
    const down = await comeBack('?state=down&code=c');
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '7']);
    expect(down.text).toContain('Open this address again');
  });

  it('are refused by a gateway that others reach and that was not told how', async () => {
    const open = await TestGateway.start(servers, { BATON_HOST: '0.0.0.0' });
    try {
      const answer = await open.call('POST', '/api/v1/connections', { body: { provider: 'acme' } });
      expect(answer).toMatchObject({
        status: 503,
        body: { detail: expect.stringContaining('BATON_PUBLIC_URL is not set') as unknown },
      });
    } finally {
      await open.close();
    }
  });
});
