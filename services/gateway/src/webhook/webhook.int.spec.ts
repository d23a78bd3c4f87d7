import { logRequests, type RecordedEvent } from '@baton/contracts';
import { Database } from '@baton/service';
import { waitFor } from '@baton/testkit';
import { Webhook } from 'standardwebhooks';

import { playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedLog } from '../testing/played-log.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';
import { type Received, WebhookReceiver } from '../testing/webhook-receiver.fixture.js';

const SECRET_TEXT = 'my secret allergy';

describe('webhooks', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let receiver: WebhookReceiver;
  let env: Record<string, string>;
  let gateway: TestGateway;
  let replica: TestGateway;
  let log: PlayedLog;
  let count = 0;
  let id: string;
  let path: string;

  beforeAll(async () => {
    [servers, receiver] = await Promise.all([TestServers.start(), WebhookReceiver.start()]);
    services = await PlayedServices.start(servers.nats.url);
    env = { BATON_HTTP_ALLOW: receiver.host, BATON_WEBHOOK_FIRST_RETRY_MS: '50' };
    [gateway, replica] = await Promise.all([
      TestGateway.start(servers, env),
      TestGateway.start(servers, env),
    ]);
  });

  beforeEach(() => {
    services.forget();
    playAgents(services);
    log = new PlayedLog(services);
    services.on(logRequests.queueManager, () => ({ events: [], next: null }));
    id = `conv_${(count += 1)}`;
    path = `/hook-${count}`;
  });

  afterEach(async () => {
    const { body } = await gateway.call('GET', '/api/v1/webhooks');
    for (const { webhook_id } of body.items) await gateway.call('DELETE', `/api/v1/webhooks/${webhook_id}`);
  });

  afterAll(async () => {
    await Promise.all([gateway?.close(), replica?.close()]);
    await services?.close();
    await Promise.all([receiver?.close(), servers?.stop()]);
  });

  const make = async (event_types?: readonly string[], to = path, on = gateway) => {
    const answer = await on.call('POST', '/api/v1/webhooks', {
      body: { url: receiver.url(to), event_types },
    });
    expect(answer.status).toBe(201);
    return answer.body as { webhook_id: string; secret: string; status: string };
  };
  const deliveriesOf = async (webhook_id: string, query = '') =>
    (await gateway.call('GET', `/api/v1/webhooks/${webhook_id}/deliveries${query}`)).body.items;
  const untilDelivered = (webhook_id: string, status: string, least = 1) =>
    waitFor(
      async () => {
        const found = await deliveriesOf(webhook_id, `?status=${status}`);
        return found.length >= least && found;
      },
      { what: `${least} deliveries to be ${status}`, timeoutMs: 60_000 },
    );
  const rate = (conversation: string, rating = 5) =>
    log.tell(conversation, {
      type: 'conversation.feedback_recorded',
      data: { rating, comment: SECRET_TEXT },
    });
  const ratings = (all: readonly Received[]) => all.map(({ body }) => body.data.rating);
  const headersOf = ({ headers }: Received) => headers as Record<string, string>;

  describe('tell a receiver what happens', () => {
    it('signed as Standard Webhooks asks, opened, with what it is about', async () => {
      const hook = await make(['conversation.feedback_recorded']);
      expect(hook).toMatchObject({ status: 'ENABLED', secret: expect.stringMatching(/^whsec_/) });
      const event = await rate(id);
      const [received] = (await receiver.until(path, 1)) as [Received];
      expect(new Webhook(hook.secret).verify(received.raw, headersOf(received))).toEqual({
        type: 'conversation.feedback_recorded',
        timestamp: event.occurred_at,
        tenant_id: 'default',
        event_id: event.event_id,
        version: 1,
        actor: { type: 'system', id: 'baton' },
        owner: 'ai',
        owner_epoch: 1,
        data: { conversation_id: id, rating: 5, comment: SECRET_TEXT },
      });
      expect(received.headers['content-type']).toBe('application/json');
      const [delivery] = await untilDelivered(hook.webhook_id, 'DELIVERED');
      expect(delivery).toMatchObject({
        delivery_id: received.headers['webhook-id'],
        event_id: event.event_id,
        conversation_id: id,
        attempt_count: 1,
        attempts: [{ attempt: 1, status_code: 204, error: null, response_excerpt: '' }],
        next_attempt_at: null,
      });
      const at = `/api/v1/webhooks/${hook.webhook_id}/deliveries/${delivery.delivery_id}`;
      expect((await gateway.call('GET', at)).body.payload).toEqual(received.body);
      // At rest it is sealed, like in the log.
      const [row] = (await rows('SELECT event::text FROM gateway.webhook_deliveries WHERE delivery_id = $1', [
        delivery.delivery_id,
      ])) as [{ event: string }];
      expect(row.event).toContain('$sealed');
      expect(row.event).not.toContain(SECRET_TEXT);
    });

    it('by patterns and by the names of the staff stream; each fact once', async () => {
      await make(['*'], `${path}-all`);
      await make(['conversation.*', 'conversation.feedback_recorded'], `${path}-conversation`);
      await make(['conversation.message', 'offer.*'], `${path}-told`);
      await make(['queue_item.closed'], `${path}-other`);
      const message = await log.message(id, 'Hello');
      const offer = await log.tell(`ho_${id}`, {
        type: 'queue_item.offer_created',
        data: { conversation_id: id, offer_id: 'offer_9', handover_context: null },
      });
      await rate(id);
      await Promise.all([
        receiver.until(`${path}-all`, 3),
        receiver.until(`${path}-conversation`, 2),
        receiver.until(`${path}-told`, 2),
      ]);
      const told = (suffix: string) =>
        receiver.of(`${path}-${suffix}`).map(({ body }) => [body.type, body.event_id]);
      expect(told('all')).toHaveLength(3);
      expect(told('conversation').map(([type]) => type)).toEqual([
        'conversation.message_received',
        'conversation.feedback_recorded',
      ]);
      expect(told('told').sort()).toEqual([
        ['conversation.message', message.event_id],
        ['offer.created', offer.event_id],
      ]);
      expect(
        receiver.of(`${path}-told`).find(({ body }) => body.type === 'offer.created')?.body.data,
      ).toMatchObject({ offer_id: 'offer_9', conversation_id: id });
      expect(told('other')).toEqual([]);
    });

    it('each event once however often and wherever it is heard; what the bus lost is read from the log', async () => {
      const lost = new Map<string, RecordedEvent>();
      services.on(logRequests.orchestrator, ({ log: asked, stream, limit }) => ({
        events: asked
          ? [...lost.values()].filter(({ type }) => asked.types?.includes(type) ?? true)
          : log
              .stream(stream?.stream_id ?? '')
              .slice(stream?.after_version, (stream?.after_version ?? 0) + limit),
        next: 'cursor-1',
        isEnd: true,
      }));
      const hook = await make(['conversation.feedback_recorded']);
      const first = await rate(id, 1);
      await services.bus.publishEvent(first);
      const unheard = log.record(id, { type: 'conversation.feedback_recorded', data: { rating: 2 } });
      lost.set(unheard.event_id, unheard);
      // Both replicas look; the sweep every ten seconds would do the same.
      services.bus.publish('baton.poke.catch-up', {});
      await receiver.until(path, 2);
      await rate(id, 3);
      const all = await receiver.until(path, 3);
      expect(ratings(all)).toEqual([1, 2, 3]);
      expect(await deliveriesOf(hook.webhook_id)).toHaveLength(3);
    });

    it('nothing where it is deleted while it is tried, and says so', async () => {
      for (let round = 0; round < 10; round += 1) {
        const hook = await make(['conversation.*']);
        const at = `/api/v1/webhooks/${hook.webhook_id}`;
        const [tried, deleted] = await Promise.all([
          gateway.call('POST', `${at}/test`),
          gateway.call('DELETE', at),
        ]);
        expect([202, 404]).toContain(tried.status);
        expect(deleted.status).toBe(204);
      }
    });

    it('nothing of what happened before, in another tenant, or after it was deleted', async () => {
      const { body: other } = await gateway.call('POST', '/api/v1/tenants', { body: { name: 'Other' } });
      await rate(id, 1);
      const hook = await make(['conversation.*']);
      const theirs = new PlayedLog(services, other.tenant_id as string);
      await theirs.tell(id, { type: 'conversation.feedback_recorded', data: { rating: 2, comment: null } });
      const later = `${id}-later`;
      await rate(later, 3);
      expect(ratings(await receiver.until(path, 1))).toEqual([3]);
      for (const at of ['', '/deliveries']) {
        const answer = await gateway.call('GET', `/api/v1/webhooks/${hook.webhook_id}${at}`, {
          token: other.api_key as string,
        });
        expect(answer.status).toBe(404);
      }
      expect((await gateway.call('DELETE', `/api/v1/webhooks/${hook.webhook_id}`)).status).toBe(204);
      await rate(later, 4);
      const marker = await make(['conversation.*'], `${path}-marker`, replica);
      await rate(`${id}-last`, 5);
      await untilDelivered(marker.webhook_id, 'DELIVERED');
      expect(receiver.of(path)).toHaveLength(1);
    });
  });

  describe('when a receiver fails', () => {
    it('try again with the same id, hold back that conversation alone, and keep its order', async () => {
      const hook = await make(['conversation.*']);
      const held = `${id}-held`;
      let failures = 3;
      receiver.on(path, ({ body }) => (body.data.conversation_id === held && failures-- > 0 ? 500 : 200));
      await rate(held, 1);
      await rate(held, 2);
      for (let rating = 1; rating <= 3; rating += 1) await rate(`${id}-free`, rating);
      const all = await receiver.until(path, 8);
      const of = (conversation: string) =>
        all.filter(({ body }) => body.data.conversation_id === conversation);
      expect(ratings(of(`${id}-free`))).toEqual([1, 2, 3]);
      expect(ratings(of(held))).toEqual([1, 1, 1, 1, 2]);
      expect(new Set(of(held).map(({ headers }) => headers['webhook-id'])).size).toBe(2);
      const tried = await waitFor(
        async () =>
          (await untilDelivered(hook.webhook_id, 'DELIVERED', 5)).find(
            (each: { attempt_count: number }) => each.attempt_count === 4,
          ),
        { what: 'the attempts' },
      );
      expect(tried.attempts.map(({ status_code }: { status_code: number }) => status_code)).toEqual([
        500, 500, 500, 200,
      ]);
    });

    it('go on when it is up again, after a while in which another replica restarted', async () => {
      const own = await WebhookReceiver.start();
      const leaving = await TestGateway.start(servers, { ...env, BATON_HTTP_ALLOW: own.host });
      const { body } = await gateway.call('POST', '/api/v1/webhooks', {
        body: { url: receiver.url(path), event_types: ['conversation.*'] },
      });
      let isDown = true;
      receiver.on(path, () => (isDown ? 503 : 200));
      for (let rating = 1; rating <= 5; rating += 1) await rate(id, rating);
      await receiver.until(path, 2);
      await leaving.close();
      await own.close();
      isDown = false;
      const delivered = await untilDelivered(body.webhook_id, 'DELIVERED', 5);
      expect(delivered).toHaveLength(5);
      const heard = ratings(receiver.of(path)).filter((rating, index, all) => rating !== all[index - 1]);
      expect(heard).toEqual([1, 2, 3, 4, 5]);
    });

    it('wait as long as it asks', async () => {
      const hook = await make(['conversation.*']);
      receiver.on(path, (_received, response) => {
        response.writeHead(429, { 'retry-after': '3600' }).end('slow down');
        return undefined;
      });
      await rate(id);
      await receiver.until(path, 1);
      const [pending] = await waitFor(
        async () => {
          const found = await deliveriesOf(hook.webhook_id);
          return found[0]?.attempt_count === 1 && found;
        },
        { what: 'the attempt to be written down' },
      );
      expect(pending).toMatchObject({
        status: 'PENDING',
        attempts: [{ status_code: 429, response_excerpt: 'slow down' }],
      });
      const waitMs = Date.parse(pending.next_attempt_at) - Date.parse(pending.attempts[0].started_at);
      expect(waitMs).toBeGreaterThanOrEqual(3_590_000);
      // A person need not wait.
      receiver.on(path, () => 200);
      const replayed = await gateway.call(
        'POST',
        `/api/v1/webhooks/${hook.webhook_id}/deliveries/${pending.delivery_id}/replay`,
      );
      expect(replayed.status).toBe(202);
      await untilDelivered(hook.webhook_id, 'DELIVERED');
    });

    it('stop for good where it says that it is gone, and start again when told', async () => {
      const hook = await make(['conversation.*']);
      receiver.on(path, () => 410);
      await rate(id, 1);
      const [failed] = await untilDelivered(hook.webhook_id, 'FAILED');
      expect(failed.attempt_count).toBe(1);
      const at = `/api/v1/webhooks/${hook.webhook_id}`;
      expect((await gateway.call('GET', at)).body).toMatchObject({
        status: 'DISABLED',
        disabled_reason: 'gone',
        failing_since: expect.any(String),
      });
      const replay = `${at}/deliveries/${failed.delivery_id}/replay`;
      const refused = await gateway.call('POST', replay);
      expect([refused.status, refused.body.state]).toEqual([409, 'DISABLED']);
      await rate(id, 2);
      receiver.on(path, () => 200);
      const enabled = await replica.call('PATCH', at, { body: { status: 'ENABLED' } });
      expect(enabled.body).toMatchObject({ status: 'ENABLED', disabled_reason: null, failing_since: null });
      const key = { 'idempotency-key': `replay-${id}` };
      expect((await gateway.call('POST', replay, { headers: key })).status).toBe(202);
      const again = await gateway.call('POST', replay, { headers: key });
      expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
      await untilDelivered(hook.webhook_id, 'DELIVERED');
      const both = receiver.of(path);
      expect(ratings(both)).toEqual([1, 1]);
      expect(both[1]?.headers['webhook-id']).toBe(both[0]?.headers['webhook-id']);
      expect(
        new Webhook(hook.secret).verify(both[1]?.raw ?? '', headersOf(both[1] as Received)),
      ).toBeTruthy();
    });

    it('follow no redirect, and say of a receiver that is not there that no answer came', async () => {
      const hook = await make(['conversation.*']);
      let redirects = 2;
      receiver.on(path, (_received, response) => {
        if (redirects-- <= 0) return 200;
        response.writeHead(307, { location: receiver.url(`${path}-elsewhere`) }).end();
        return undefined;
      });
      await rate(id);
      const [delivered] = await untilDelivered(hook.webhook_id, 'DELIVERED');
      expect(delivered.attempts.map((attempt: { status_code: number }) => attempt.status_code)).toEqual([
        307, 307, 200,
      ]);
      expect(receiver.of(`${path}-elsewhere`)).toEqual([]);
      receiver.on(path, (_received, response) => void response.destroy());
      await rate(id);
      const [pending] = await waitFor(
        async () => {
          const found = await deliveriesOf(hook.webhook_id, '?status=PENDING');
          return found[0]?.attempt_count > 0 && found;
        },
        { what: 'a try without an answer' },
      );
      expect(pending.attempts[0]).toMatchObject({
        status_code: null,
        error: expect.stringContaining('ECONNRESET'),
      });
    });
  });

  describe('are kept from where they may not go', () => {
    it.each([
      'http://127.0.0.1:1/',
      'http://169.254.169.254/latest/meta-data',
      'http://[::1]:8080/',
      'http://10.0.0.1/',
      'http://localhost/hook',
      'http://0x7f000001/',
      'ftp://example.com/',
      'https://user:secret@example.com/',
      'nonsense',
    ])('%s is refused', async (url) => {
      const answer = await gateway.call('POST', '/api/v1/webhooks', { body: { url } });
      expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, 'url']);
    });

    it('also where the operator allowed it once and no longer does', async () => {
      const hook = await make(['conversation.*']);
      await rows('UPDATE gateway.webhooks SET url = $2 WHERE webhook_id = $1', [
        hook.webhook_id,
        'http://127.0.0.1:1/inside',
      ]);
      await rate(id);
      const [pending] = await waitFor(
        async () => {
          const found = await deliveriesOf(hook.webhook_id);
          return found[0]?.attempt_count > 0 && found;
        },
        { what: 'a refused try' },
      );
      expect(pending.attempts[0]).toMatchObject({
        status_code: null,
        error: expect.stringContaining('not on the public internet'),
      });
    });

    it('a type that stands for nothing is refused', async () => {
      const body = {
        url: receiver.url(path),
        event_types: ['conversation.*', 'nothing.*', 'conversation.nothing'],
      };
      const answer = await gateway.call('POST', '/api/v1/webhooks', { body });
      expect(answer.body.errors.map((error: { path: string }) => error.path)).toEqual([
        'event_types.1',
        'event_types.2',
      ]);
    });
  });

  it('show their secret once, and sign with two of them while it is changed', async () => {
    const hook = await make(['conversation.*']);
    const at = `/api/v1/webhooks/${hook.webhook_id}`;
    for (const where of [at, '/api/v1/webhooks'])
      expect((await gateway.call('GET', where)).text).not.toContain('whsec_');
    const { body: rotated } = await gateway.call('POST', `${at}/rotate-secret`, {
      body: { overlap_seconds: 3600 },
    });
    await rate(id);
    const [both] = (await receiver.until(path, 1)) as [Received];
    for (const secret of [hook.secret, rotated.secret])
      expect(new Webhook(secret).verify(both.raw, headersOf(both))).toBeTruthy();
    const { body: last } = await gateway.call('POST', `${at}/rotate-secret`, {
      body: { overlap_seconds: 0 },
    });
    const tested = await gateway.call('POST', `${at}/test`);
    expect([tested.status, tested.body.event_type]).toEqual([202, 'webhook.test']);
    const [, alone] = (await receiver.until(path, 2)) as [Received, Received];
    expect(new Webhook(last.secret).verify(alone.raw, headersOf(alone))).toMatchObject({
      type: 'webhook.test',
    });
    expect(() => new Webhook(rotated.secret).verify(alone.raw, headersOf(alone))).toThrow();
  });

  it('forget a conversation that is erased, and tell that it was', async () => {
    const hook = await make(['conversation.*']);
    receiver.on(path, ({ body }) => (body.type === 'conversation.erased' ? 200 : 500));
    await rate(id);
    await receiver.until(path, 1);
    await log.erase(id);
    const [erased] = await untilDelivered(hook.webhook_id, 'DELIVERED');
    expect(erased.event_type).toBe('conversation.erased');
    expect(await deliveriesOf(hook.webhook_id)).toHaveLength(1);
    expect(
      await rows(
        'SELECT 1 FROM gateway.webhook_attempts a WHERE a.response_excerpt IS NOT NULL AND NOT EXISTS (SELECT 1 FROM gateway.webhook_deliveries d WHERE d.delivery_id = a.delivery_id)',
      ),
    ).toEqual([]);
  });

  const rows = (sql: string, params: readonly unknown[] = []): Promise<object[]> => {
    return gateway.app.get(Database).system(sql, params);
  };
});
