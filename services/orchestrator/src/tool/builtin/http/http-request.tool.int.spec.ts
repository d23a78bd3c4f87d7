import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { nodeScope } from '../../testing/node-scope.fixture.js';
import { heldBack } from '../../testing/held-back.fixture.js';
import { MemoryJournal } from '../../testing/memory-journal.fixture.js';
import type { ToolOutcome } from '../../tool-outcome.js';
import { ToolExecutor } from '../../tool-executor.js';
import { ToolRegistry } from '../../tool-registry.js';
import { type Tool, ToolError } from '../../tool.js';
import { httpRequestTool } from './http-request.tool.js';

interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Answered {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  readonly truncated: boolean;
}

/** A server on loopback that writes down what it hears. */
class Listener {
  private constructor(
    private readonly server: Server,
    readonly port: number,
    readonly heard: readonly Heard[],
  ) {}

  static async start(answer: RequestListener): Promise<Listener> {
    const heard: Heard[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        heard.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
        answer(request, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Listener(server, (server.address() as AddressInfo).port, heard);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('http.request', () => {
  const listeners: Listener[] = [];
  const start = async (answer: RequestListener): Promise<Listener> => {
    const listener = await Listener.start(answer);
    listeners.push(listener);
    return listener;
  };
  afterEach(async () => {
    await Promise.all(listeners.splice(0).map((listener) => listener.stop()));
  });

  const ok: RequestListener = (_request, response) => {
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end('{"status": "fine"}');
  };
  const context = (signal = new AbortController().signal) => ({
    tenantId: 'acme',
    runId: 'run_1',
    conversationId: null,
    customerId: null,
    idempotencyKey: 'run_1:fetch:1',
    signal,
  });
  const send = (tool: Tool, args: Record<string, unknown>): Promise<Answered> =>
    tool.run({ method: 'GET', ...args }, context()) as Promise<Answered>;
  const refusal = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'nothing was refused',
      (error: unknown) => (error instanceof ToolError ? error.code : String(error)),
    );
  const allowing = (...servers: Listener[]): Tool =>
    httpRequestTool({ allowed: servers.map(({ port }) => `127.0.0.1:${port}`) });

  describe('the way out', () => {
    it('is closed to loopback, however it is written', async () => {
      const server = await start(ok);
      const tool = httpRequestTool({ allowed: [] });
      const hosts = [
        '127.0.0.1',
        'localhost',
        '127.1',
        '0x7f.0.0.1',
        '2130706433',
        '0177.0.0.1',
        '[::ffff:127.0.0.1]',
        '0.0.0.0',
      ];
      const refusals = await Promise.all(
        hosts.map((host) => refusal(send(tool, { url: `http://${host}:${server.port}/` }))),
      );

      expect(refusals).toEqual(hosts.map(() => 'url-refused'));
      expect(server.heard).toEqual([]);
    });

    it.each([
      'file:///etc/passwd',
      'ftp://example.com/',
      'gopher://127.0.0.1:6379/_FLUSHALL',
      'http://user:secret@example.com/',
      '/relative',
      'http://',
      'http://169.254.169.254/latest/meta-data/',
      'http://[fd00:ec2::254]/latest/meta-data/',
    ])('is closed to %s', async (url) => {
      expect(await refusal(send(httpRequestTool({ allowed: [] }), { url }))).toBe('url-refused');
    });

    it('is closed to a public name that leads to a private address', async () => {
      const server = await start(ok);
      const tool = httpRequestTool({ allowed: [], resolve: () => Promise.resolve(['127.0.0.1']) });

      expect(await refusal(send(tool, { url: `http://intranet.example:${server.port}/` }))).toBe(
        'url-refused',
      );
      expect(server.heard).toEqual([]);
    });

    it('is closed to a name with one private address among public ones', async () => {
      const tool = httpRequestTool({
        allowed: [],
        resolve: () => Promise.resolve(['93.184.216.34', '10.0.0.1']),
      });
      expect(await refusal(send(tool, { url: 'http://mixed.example/' }))).toBe('url-refused');
    });

    it('looks a name up once: what was looked at is what is connected to', async () => {
      const server = await start(ok);
      let asked = 0;
      const tool = httpRequestTool({
        // The exception stands for a public address, so that the test needs no network.
        allowed: [`shop.example:${server.port}`],
        resolve: () => {
          asked += 1;
          return Promise.resolve([asked === 1 ? '127.0.0.1' : '10.0.0.1']);
        },
      });
      const answer = await send(tool, { url: `http://shop.example:${server.port}/a?b=c` });

      expect(answer).toMatchObject({ status: 200, body: { status: 'fine' } });
      expect(asked).toBe(1);
      expect(server.heard).toMatchObject([
        { url: '/a?b=c', headers: { host: `shop.example:${server.port}` } },
      ]);
    });

    it('is open to an exception at its port only', async () => {
      const [open, closed] = await Promise.all([start(ok), start(ok)]);
      const tool = allowing(open);

      expect(await send(tool, { url: `http://127.0.0.1:${open.port}/` })).toMatchObject({ status: 200 });
      expect(await refusal(send(tool, { url: `http://127.0.0.1:${closed.port}/` }))).toBe('url-refused');
      expect(closed.heard).toEqual([]);
    });

    it('says so where a name has no address', async () => {
      const tool = httpRequestTool({ allowed: [], resolve: () => Promise.reject(new Error('ENOTFOUND')) });
      expect(await refusal(send(tool, { url: 'http://nowhere.example/' }))).toBe('http-failed');
    });
  });

  describe('redirects', () => {
    const to =
      (location: string, status = 302): RequestListener =>
      (_request, response) => {
        response.writeHead(status, { location }).end();
      };

    it('are followed, each looked at like the first', async () => {
      const target = await start(ok);
      const hop = await start(to(`http://127.0.0.1:${target.port}/there`));

      expect(await send(allowing(hop, target), { url: `http://127.0.0.1:${hop.port}/` })).toMatchObject({
        status: 200,
      });
      expect(target.heard).toMatchObject([{ url: '/there' }]);
    });

    it('into the private network are refused', async () => {
      const target = await start(ok);
      const hop = await start(to(`http://localhost:${target.port}/`));

      expect(await refusal(send(allowing(hop), { url: `http://127.0.0.1:${hop.port}/` }))).toBe(
        'url-refused',
      );
      expect(target.heard).toEqual([]);
    });

    it('end after five', async () => {
      const circle = await start((request, response) => {
        response.writeHead(302, { location: `/${Number(request.url?.slice(1)) + 1}` }).end();
      });

      expect(await refusal(send(allowing(circle), { url: `http://127.0.0.1:${circle.port}/0` }))).toBe(
        'too-many-redirects',
      );
      expect(circle.heard).toHaveLength(6);
    });

    it('to another host carry no credentials', async () => {
      const target = await start(ok);
      const hop = await start(to(`http://127.0.0.1:${target.port}/`));
      await send(allowing(hop, target), {
        url: `http://127.0.0.1:${hop.port}/`,
        headers: {
          Authorization: 'Bearer secret',
          Cookie: 'id=1',
          'X-Api-Key': 'secret',
          Accept: 'text/plain',
        },
      });

      expect(hop.heard[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'x-api-key': 'secret' });
      expect(target.heard[0]?.headers).toMatchObject({ accept: 'text/plain' });
      expect(JSON.stringify(target.heard[0]?.headers)).not.toMatch(/secret|id=1/);
    });

    it('on the same host carry them on', async () => {
      const server = await start((request, response) => {
        if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
        else response.end('there');
      });
      await send(allowing(server), {
        url: `http://127.0.0.1:${server.port}/a`,
        headers: { authorization: 'Bearer secret' },
      });

      expect(server.heard[1]).toMatchObject({ url: '/b', headers: { authorization: 'Bearer secret' } });
    });

    it('turn a POST into a GET without its body, but for 307 and 308', async () => {
      const server = await start((request, response) => {
        if (request.url === '/see') response.writeHead(303, { location: '/end' }).end();
        else if (request.url === '/keep') response.writeHead(307, { location: '/end' }).end();
        else response.end();
      });
      const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;
      await send(allowing(server), { method: 'POST', url: url('/see'), body: { a: 1 } });
      await send(allowing(server), { method: 'POST', url: url('/keep'), body: { a: 1 } });

      expect(server.heard).toMatchObject([
        { method: 'POST', body: '{"a":1}' },
        { method: 'GET', url: '/end', body: '' },
        { method: 'POST' },
        { method: 'POST', url: '/end', body: '{"a":1}' },
      ]);
    });

    it('do not take an action to another host', async () => {
      const target = await start(ok);
      const hop = await start(to(`http://127.0.0.1:${target.port}/`, 307));
      const sent = send(allowing(hop, target), {
        method: 'POST',
        url: `http://127.0.0.1:${hop.port}/`,
        body: 'x',
      });

      expect(await refusal(sent)).toBe('redirect-refused');
      expect(target.heard).toEqual([]);
    });
  });

  describe('what is sent and given', () => {
    it('is JSON where it is no text, with the key of the call for what changes something', async () => {
      const server = await start(ok);
      await send(allowing(server), {
        method: 'PUT',
        url: `http://127.0.0.1:${server.port}/`,
        body: { amount: 20 },
      });

      expect(server.heard[0]).toMatchObject({
        body: '{"amount":20}',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': 'run_1:fetch:1',
          'content-length': '13',
        },
      });
    });

    it.each(['Host', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Proxy-Authorization'])(
      'has no header %s of the caller',
      async (name) => {
        const server = await start(ok);
        const sent = send(allowing(server), {
          url: `http://127.0.0.1:${server.port}/`,
          headers: { [name]: 'x' },
        });

        expect(await refusal(sent)).toBe('header-refused');
        expect(server.heard).toEqual([]);
      },
    );

    it('can not smuggle a second header or request', async () => {
      const server = await start(ok);
      const url = `http://127.0.0.1:${server.port}/`;
      const tool = allowing(server);

      expect(await refusal(send(tool, { url, headers: { 'x-a': 'b\r\nhost: evil' } }))).toBe('http-failed');
      expect(await refusal(send(tool, { url, headers: { 'x a': 'b' } }))).toBe('http-failed');
      expect(server.heard).toEqual([]);
    });

    it('is an error status like any other answer', async () => {
      const server = await start((_request, response) => response.writeHead(503).end('busy'));
      expect(await send(allowing(server), { url: `http://127.0.0.1:${server.port}/` })).toMatchObject({
        status: 503,
        body: 'busy',
        truncated: false,
      });
    });

    it('ends at 256 kB, however long the answer goes on', async () => {
      const server = await start((_request, response) => {
        const flood = (): void => {
          while (response.write('x'.repeat(65_536)));
        };
        response.on('drain', flood);
        flood();
      });
      const answer = await send(allowing(server), { url: `http://127.0.0.1:${server.port}/` });

      expect(answer.truncated).toBe(true);
      expect((answer.body as string).length).toBe(256 * 1024);
    });

    it('is told, not shown, where it is no text', async () => {
      const server = await start((_request, response) => response.end(Buffer.from([0x89, 0x50, 0, 0])));
      expect(await send(allowing(server), { url: `http://127.0.0.1:${server.port}/` })).toMatchObject({
        body: '(4 bytes that are no text)',
      });
    });

    it('sets no cookie', async () => {
      const server = await start((_request, response) =>
        response.writeHead(200, { 'set-cookie': 'id=1' }).end(),
      );
      const answer = await send(allowing(server), { url: `http://127.0.0.1:${server.port}/` });
      expect(answer.headers).not.toHaveProperty('set-cookie');
    });
  });

  describe('through the door to the tools', () => {
    const execute = async (
      tool: Tool,
      args: Record<string, unknown>,
      timeoutMs = 10_000,
    ): Promise<[ToolOutcome | undefined, MemoryJournal]> => {
      const journal = new MemoryJournal();
      const executor = new ToolExecutor(new ToolRegistry([{ ...tool, riskTier: 'LOW', timeoutMs }]), {
        toolFailed: () => undefined,
      });
      const scope = nodeScope({ tools: ['http.request'], journal });
      const [outcome] = await executor.execute([{ callId: '1', tool: 'http.request', args }], scope);
      return [outcome, journal];
    };
    const silent: RequestListener = () => undefined;

    it('needs approval unless a workflow says otherwise', async () => {
      const executor = new ToolExecutor(new ToolRegistry([httpRequestTool({ allowed: [] })]), {
        toolFailed: () => undefined,
      });
      const asked = await heldBack(
        executor.execute(
          [{ callId: '1', tool: 'http.request', args: { method: 'GET', url: 'http://example.com/' } }],
          nodeScope({ tools: ['http.request'] }),
        ),
      );
      expect(asked).toMatchObject({ risk: { risk_tier: 'MEDIUM' } });
    });

    it('reads from a server that does not answer for only so long', async () => {
      const server = await start(silent);
      const args = { method: 'GET', url: `http://127.0.0.1:${server.port}/` };
      const [outcome, journal] = await execute(allowing(server), args, 100);

      expect(outcome).toMatchObject({ kind: 'error', error: { code: 'deadline-exceeded' } });
      expect(journal.durable).toEqual([]);
    });

    it('leaves it to people where an action got no answer', async () => {
      const server = await start((request) => request.socket.destroy());
      const [outcome] = await execute(allowing(server), {
        method: 'POST',
        url: `http://127.0.0.1:${server.port}/`,
      });

      expect(outcome).toMatchObject({ kind: 'unsettled' });
      expect(server.heard).toHaveLength(1);
    });

    it('knows that nothing was done where nobody listened', async () => {
      const server = await start(ok);
      const tool = allowing(server);
      await server.stop();
      const [outcome] = await execute(tool, { method: 'POST', url: `http://127.0.0.1:${server.port}/` });

      expect(outcome).toMatchObject({
        kind: 'error',
        error: { code: 'http-failed', message: expect.stringContaining('ECONNREFUSED') },
      });
    });
  });
});
