import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { outboundFetch } from './outbound-fetch.js';
import { OutboundError } from './outbound-error.js';
import { OutboundGuard } from './outbound-guard.js';

describe('the fetch that goes out by the guard', () => {
  const servers: Server[] = [];
  const start = async (answer: RequestListener): Promise<number> => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  afterEach(async () => {
    await Promise.all(
      servers.splice(0).map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  });
  const fetchTo = (...ports: number[]) =>
    outboundFetch(new OutboundGuard(ports.map((port) => `127.0.0.1:${port}`)));
  const code = (work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => (error instanceof OutboundError ? error.code : error));

  it('sends what it was given and gives the answer as a Response', async () => {
    const heard: string[] = [];
    const port = await start((request, response) => {
      request.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
      request.on('end', () => {
        heard.push(request.method ?? '', request.headers['content-type'] ?? '');
        response.writeHead(201, { 'content-type': 'application/json', 'x-a': 'b' }).end('{"made": true}');
      });
    });
    const answer = await fetchTo(port)(`http://127.0.0.1:${port}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token' }),
    });

    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-a')).toBe('b');
    expect(await answer.json()).toEqual({ made: true });
    expect(heard).toEqual([
      'grant_type=refresh_token',
      'POST',
      'application/x-www-form-urlencoded;charset=UTF-8',
    ]);
  });

  it('gives an answer that has no body none', async () => {
    const port = await start((_request, response) => response.writeHead(204).end());
    const answer = await fetchTo(port)(`http://127.0.0.1:${port}/`, { method: 'DELETE' });
    expect([answer.status, answer.body]).toEqual([204, null]);
  });

  it('streams: the first part is read while the rest is still to come', async () => {
    let goOn = (): void => undefined;
    const port = await start((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      goOn = () => response.end('data: 2\n\n');
    });
    const answer = await fetchTo(port)(`http://127.0.0.1:${port}/`);
    const parts = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await parts?.read()).toEqual({ done: false, value: 'data: 1\n\n' });
    goOn();
    expect(await parts?.read()).toEqual({ done: false, value: 'data: 2\n\n' });
    expect(await parts?.read()).toEqual({ done: true, value: undefined });
  });

  it('ends with its signal', async () => {
    const port = await start(() => undefined);
    const ending = new AbortController();
    const asked = fetchTo(port)(`http://127.0.0.1:${port}/`, { signal: ending.signal });
    ending.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  it('goes nowhere private, by no redirect either', async () => {
    const inner = await start((_request, response) => response.end('secret'));
    const hop = await start((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${inner}/` }).end(),
    );
    expect(await code(fetchTo()(`http://127.0.0.1:${inner}/`))).toBe('url-refused');
    expect(await code(fetchTo(hop)(`http://127.0.0.1:${hop}/`))).toBe('url-refused');
    expect(await (await fetchTo(hop, inner)(`http://127.0.0.1:${hop}/`)).text()).toBe('secret');
    const kept = await fetchTo(hop)(`http://127.0.0.1:${hop}/`, { redirect: 'manual' });
    expect(kept.status).toBe(302);
    expect(await code(fetchTo(hop)(`http://127.0.0.1:${hop}/`, { redirect: 'error' }))).toBe('http-failed');
  });

  it('takes neither an action nor a credential to another host', async () => {
    const heard: unknown[] = [];
    const other = await start((request, response) => {
      heard.push([request.method, request.headers.authorization]);
      response.end();
    });
    const hop = await start((request, response) =>
      response
        .writeHead(request.method === 'GET' ? 302 : 307, { location: `http://127.0.0.1:${other}/` })
        .end(),
    );
    const out = fetchTo(hop, other);
    const headers = { authorization: 'Bearer secret' };
    await out(`http://127.0.0.1:${hop}/`, { headers });
    expect(await code(out(`http://127.0.0.1:${hop}/`, { method: 'POST', headers, body: 'x' }))).toBe(
      'http-failed',
    );
    expect(heard).toEqual([['GET', undefined]]);
  });
});
