import { TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { whyOpen } from '../auth/open-routes.js';
import { RouteTable } from '../auth/route-table.js';

interface Operation {
  readonly responses: Record<string, { content?: Record<string, unknown> }>;
  readonly security?: unknown[];
  readonly requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
}

describe('the documents', () => {
  let servers: TestServers;
  let gateway: TestGateway;

  beforeAll(async () => {
    servers = await TestServers.start();
    gateway = await TestGateway.start(servers);
  });

  afterAll(async () => {
    await gateway?.close();
    await servers?.stop();
  });

  const open = (path: string) => gateway.call('GET', path, { token: null });

  it('describe every route of the API, who may call it and how it answers', async () => {
    const { status, body } = await open('/openapi.json');
    expect(status).toBe(200);
    expect(body.info.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Object.keys(body.components.securitySchemes as object)).toEqual(['bearer']);
    for (const { method, path, access } of gateway.app.get(RouteTable).all()) {
      if (!path.startsWith('/api/')) continue;
      const operation = body.paths[path]?.[method.toLowerCase()] as Operation | undefined;
      expect({ path, described: operation !== undefined }).toEqual({ path, described: true });
      const statuses = Object.keys(operation?.responses ?? {});
      expect(statuses.some((each) => each.startsWith('2'))).toBe(true);
      if (!access) {
        // Open to all: it asks for no token and refuses nobody for the lack of one.
        expect({ path, open: whyOpen(path) !== undefined }).toEqual({ path, open: true });
        expect(operation?.security).toBeUndefined();
        expect(statuses).not.toContain('401');
        continue;
      }
      expect(operation?.security).toEqual([{ bearer: [] }]);
      for (const needed of ['401', '403', '429', '503']) expect(statuses).toContain(needed);
      expect(operation?.responses['401']?.content).toHaveProperty(['application/problem+json']);
    }
  });

  it('describe what an operator asks too', async () => {
    const { body } = await open('/openapi.json');
    const ready = body.paths['/health/ready'].get.responses;
    expect(Object.keys(ready as object)).toEqual(['200', '400', '503']);
    expect(ready['503'].content['application/json'].schema.required).toEqual(['status', 'details']);
    // A part that is away without which it goes on, Redis, is still a 200.
    expect(JSON.stringify(ready['200'])).toContain('"degraded","error"');
    expect(body.paths['/health/live'].get.responses['200'].content).toHaveProperty(['application/json']);
    expect(body.paths['/metrics'].get.responses['200'].content).toHaveProperty(['text/plain']);
  });

  it('say of each field what the validation holds it to', async () => {
    const { body } = await open('/openapi.json');
    const { ReceiveMessageDto: message, ProblemDto: problem } = body.components.schemas;
    expect(message.required).toEqual(['message', 'sender_type']);
    expect(message.properties.message).toMatchObject({ type: 'string', minLength: 1, maxLength: 32_000 });
    expect(message.properties.sender_type.enum).toEqual(['user', 'human_agent']);
    expect(message.properties.conversation_id.pattern).toBe('^[A-Za-z0-9_:-]{1,128}$');
    expect(problem.required).toEqual(['type', 'title', 'status', 'detail']);
    expect(body.components.schemas.ConversationDto.properties.handover_context.nullable).toBe(true);
  });

  it('have no reference that leads nowhere', async () => {
    for (const path of ['/openapi.json', '/asyncapi.json']) {
      const { text, body } = await open(path);
      const references = [...text.matchAll(/"\$ref":"(#[^"]+)"/g)].map(
        ([, reference]) => reference as string,
      );
      expect(references.length).toBeGreaterThan(10);
      for (const reference of new Set(references)) {
        const target = reference
          .slice(2)
          .split('/')
          .reduce<Record<string, never> | undefined>(
            (node, key) => node?.[key],
            body as Record<string, never>,
          );
        expect({ reference, found: target !== undefined }).toEqual({ reference, found: true });
      }
    }
  });

  it('tell of every event as AsyncAPI', async () => {
    const { body } = await open('/asyncapi.json');
    expect(body.asyncapi).toBe('3.0.0');
    const message = body.components.messages.conversation_handed_over_v1;
    expect(message.name).toBe('baton.conversation.handed_over.v1');
    expect(message.payload.schema.properties).toHaveProperty('handover_id');
    expect(body.channels.staff.address).toBe('/ws/staff');
  });

  it('can be read by people with no network and under the content security policy', async () => {
    const page = await open('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.text).not.toMatch(/<script>|https?:\/\//);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path as string);
    expect(await open('/docs/')).toMatchObject({ status: 200, text: page.text });
    expect(assets).toContain('/docs/swagger-ui-bundle.js');
    for (const asset of assets) expect((await open(asset)).status).toBe(200);
    expect((await open('/docs/package.json')).status).toBe(404);
    expect((await open('/docs/..%2Fpackage.json')).status).toBe(404);
  });

  it('stand beside health and metrics, open to all', async () => {
    expect((await open('/health/live')).status).toBe(200);
    const ready = await open('/health/ready');
    expect(ready.status).toBe(200);
    expect(JSON.stringify(ready.body)).toMatch(/postgres.*nats/s);
    const metrics = await open('/metrics');
    expect(metrics.text).toContain('baton_gateway_staff_streams');
    expect(metrics.text).toMatch(/baton_http_request_seconds_count\{.*route="\/health\/ready"/);
  });

  it('may be called by pages of allowed origins, and by no others', async () => {
    const other = await TestGateway.start(servers, { BATON_ALLOWED_ORIGINS: 'https://shop.example' });
    try {
      const preflight = (origin: string) =>
        other.call('OPTIONS', '/api/v1/hil/message', {
          token: null,
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
        });
      const allowed = await preflight('https://shop.example');
      expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example');
      const foreign = await preflight('https://evil.example');
      expect(foreign.headers.get('access-control-allow-origin')).not.toBe('https://evil.example');
    } finally {
      await other.close();
    }
  });
});
