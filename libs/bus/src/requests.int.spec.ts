import { BatonError, defineRequest } from '@baton/contracts';
import { type RunningServer, startNats, waitFor } from '@baton/testkit';
import { Controller } from '@nestjs/common';
import { z } from 'zod';

import { type BusApp, CONTEXT, startBusApp } from './bus-app.fixture.js';
import { BusClient } from './bus-client.js';
import { currentCallContext, runWithCallContext } from './call-context.js';
import { type BusRequest, HandleRequest } from './decorators.js';

const double = defineRequest<{ value: number; tenant: string }>()('test.double', z.object({ n: z.int() }));
const refuse = defineRequest<never>()('test.refuse', z.object({}));
const crash = defineRequest<never>()('test.crash', z.object({}));
const slow = defineRequest<string>()('test.slow', z.object({}));
const nothing = defineRequest<null>()('test.nothing', z.object({}));
const context = defineRequest<unknown>()('test.context', z.object({ conversation_id: z.string() }));
const large = defineRequest<string>()('test.large', z.object({ bytes: z.int() }));
const nobody = defineRequest<null>()('test.nobody', z.object({}));

const seen = { begun: 0, aborted: 0, release: (): void => undefined };

@Controller()
class Answers {
  @HandleRequest(double)
  double({ ctx, body }: BusRequest<typeof double>) {
    return { value: body.n * 2, tenant: ctx.tenant_id };
  }

  @HandleRequest(refuse)
  refuse() {
    throw new BatonError('offer-gone', 'Somebody was faster', {
      details: { offer_id: 'offer_1' },
      errors: [{ path: 'a.b', message: 'is wrong' }],
      retryAfterMs: 1_500,
    });
  }

  @HandleRequest(crash)
  async crash() {
    await Promise.resolve();
    throw new Error('the password is hunter2');
  }

  @HandleRequest(slow)
  slow({ signal }: BusRequest<typeof slow>) {
    seen.begun += 1;
    return new Promise((resolve) => {
      seen.release = () => resolve('late but here');
      signal.addEventListener('abort', () => (seen.aborted += 1));
    });
  }

  @HandleRequest(nothing)
  nothing() {
    return undefined;
  }

  @HandleRequest(large)
  large({ body }: BusRequest<typeof large>) {
    return 'x'.repeat(body.bytes);
  }

  @HandleRequest(context)
  context() {
    return currentCallContext();
  }
}

describe('a request between two services', () => {
  let nats: RunningServer;
  let server: BusApp;
  let client: BusClient;

  beforeAll(async () => {
    nats = await startNats();
    server = await startBusApp('answers', nats.url, [Answers]);
    client = new BusClient({ name: 'asks', url: nats.url });
    await client.connection.ready();
  });

  afterAll(async () => {
    await client?.close();
    await server?.close();
    await nats?.stop();
  });

  it('is answered with what the handler returns', async () => {
    expect(await client.request(double, CONTEXT, { n: 21 })).toEqual({ value: 42, tenant: 'acme' });
  });

  it('is answered with null when the handler returns nothing', async () => {
    expect(await client.request(nothing, CONTEXT, {})).toBeNull();
  });

  it('brings the error of the other side as it was thrown', async () => {
    await expect(client.request(refuse, CONTEXT, {})).rejects.toMatchObject({
      code: 'offer-gone',
      message: 'Somebody was faster',
      retryable: false,
      retryAfterMs: 1_500,
      details: { offer_id: 'offer_1' },
      errors: [{ path: 'a.b', message: 'is wrong' }],
    });
  });

  it('says nothing of an unexpected error but that there was one', async () => {
    const error = await client.request(crash, CONTEXT, {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'internal', retryable: true });
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
  });

  it('is refused, naming the field, when its body is not valid', async () => {
    await expect(client.request(double, CONTEXT, { n: 1.5 })).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [{ path: 'n' }],
    });
  });

  it('is refused when it is no request at all, and the server lives on', async () => {
    for (const bytes of ['{', '7', 'null', '{"ctx":{},"body":{},"deadline":1}']) {
      const reply = await client.nats.request('baton.request.test.double', bytes, { timeout: 1_000 });
      expect(reply.json<{ error: unknown }>().error).toBeDefined();
    }
    expect(await client.request(double, CONTEXT, { n: 1 })).toMatchObject({ value: 2 });
  });

  it('that is more than NATS takes in one message is refused for good, and so is such an answer', async () => {
    const tooMuch = 9 * 1024 * 1024;
    await expect(
      client.request(context, CONTEXT, { conversation_id: 'x'.repeat(tooMuch) }),
    ).rejects.toMatchObject({ code: 'body-too-large', retryable: false });
    await expect(client.request(large, CONTEXT, { bytes: tooMuch })).rejects.toMatchObject({
      code: 'internal',
    });
    expect(await client.request(large, CONTEXT, { bytes: 1 })).toBe('x');
  });

  it('is given up at its deadline, and the handler hears of it', async () => {
    const before = seen.aborted;
    await expect(client.request(slow, CONTEXT, {}, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'deadline-exceeded',
      retryable: true,
    });
    await waitFor(() => seen.aborted > before, { what: "the handler's signal to abort" });
    seen.release();
  });

  it('is not begun when its deadline has passed on the way', async () => {
    const reply = await client.nats.request(
      'baton.request.test.double',
      JSON.stringify({ ctx: CONTEXT, body: { n: 1 }, deadline: Date.now() - 1 }),
      { timeout: 1_000 },
    );
    expect(reply.json()).toMatchObject({ error: { code: 'deadline-exceeded' } });
  });

  it('ends with cancelled when the caller stops waiting', async () => {
    const abort = new AbortController();
    const before = seen.begun;
    const request = client.request(slow, CONTEXT, {}, { signal: abort.signal });
    await waitFor(() => seen.begun > before, { what: 'the handler to begin' });
    abort.abort(new Error('the customer left'));
    await expect(request).rejects.toMatchObject({ code: 'cancelled' });
    seen.release();
  });

  it('waits where a gate lets it wait, within its own deadline, and is not sent where the gate refuses it', async () => {
    const gated = new BusClient({ name: 'gated', url: nats.url });
    try {
      await gated.connection.ready();
      const asked: { pattern: string; timeoutMs: number }[] = [];
      gated.useGate(async (pattern, send, { timeoutMs }) => {
        asked.push({ pattern, timeoutMs });
        if (pattern === slow.pattern) throw new BatonError('unavailable', 'Too much to do');
        if (pattern === nothing.pattern) await new Promise((resolve) => setTimeout(resolve, 60));
        return send();
      });
      expect(await gated.request(double, CONTEXT, { n: 2 })).toEqual({ value: 4, tenant: 'acme' });
      const begun = seen.begun;
      await expect(gated.request(slow, CONTEXT, {})).rejects.toMatchObject({ code: 'unavailable' });
      expect(seen.begun).toBe(begun);
      await expect(gated.request(nothing, CONTEXT, {}, { timeoutMs: 50 })).rejects.toMatchObject({
        code: 'deadline-exceeded',
      });
      expect(asked).toEqual([
        { pattern: 'test.double', timeoutMs: 10_000 },
        { pattern: 'test.slow', timeoutMs: 10_000 },
        { pattern: 'test.nothing', timeoutMs: 50 },
      ]);
    } finally {
      await gated.close();
    }
  });

  it('ends with unavailable when nobody answers such requests', async () => {
    await expect(client.request(nobody, CONTEXT, {}, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('carries the trace and the ids of the work it belongs to', async () => {
    const traceparent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
    const heard = await runWithCallContext({ traceparent }, () =>
      client.request(context, CONTEXT, { conversation_id: 'conv_7' }),
    );
    expect(heard).toEqual({
      tenant_id: 'acme',
      request_id: 'req_1',
      conversation_id: 'conv_7',
      traceparent,
    });
  });

  it('waits for a service that is just restarting', async () => {
    await server.close();
    const request = client.request(double, CONTEXT, { n: 2 });
    server = await startBusApp('answers', nats.url, [Answers]);
    expect(await request).toMatchObject({ value: 4 });
  });

  it('that is under way is answered while the service drains', async () => {
    const before = seen.begun;
    const request = client.request(slow, CONTEXT, {});
    await waitFor(() => seen.begun > before, { what: 'the handler to begin' });
    const closing = server.close();
    seen.release();
    expect(await request).toBe('late but here');
    await closing;
    server = await startBusApp('answers', nats.url, [Answers]);
  });

  it('is answered after NATS was away, and one made meanwhile says unavailable', async () => {
    nats.kill('SIGKILL');
    await waitFor(() => !client.connected, { what: 'the client to notice' });
    await expect(client.request(double, CONTEXT, { n: 3 }, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'unavailable',
    });
    const patient = client.request(double, CONTEXT, { n: 3 });
    await nats.restart();
    expect(await patient).toMatchObject({ value: 6 });
  });

  it('finds both replicas of a service, one answer each', async () => {
    const second = await startBusApp('answers', nats.url, [Answers]);
    await second.bus.connection.ready();
    await second.bus.nats.flush();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => client.request(double, CONTEXT, { n })),
    );
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 50 }, (_, n) => n * 2));
    await second.close();
  });
});

describe('a process that starts while NATS is away', () => {
  it('starts, and works as soon as NATS is there', async () => {
    const nats = await startNats();
    await nats.stop();
    const app = await startBusApp('early', nats.url, [Answers]);
    const heard: unknown[] = [];
    app.bus.subscribe('test.subject', (payload) => heard.push(payload));
    expect(app.bus.connected).toBe(false);
    expect(() => app.bus.nats).toThrow(expect.objectContaining({ code: 'unavailable' }));
    const late = await startNats({ port: nats.port });
    await waitFor(() => app.bus.connected, { what: 'the connection' });
    expect(await app.bus.request(double, CONTEXT, { n: 5 })).toMatchObject({ value: 10 });
    app.bus.publish('test.subject', { hello: 1 });
    await waitFor(() => heard.length === 1, { what: 'the message' });
    await app.close();
    await late.stop();
  });
});
