import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PageFolders } from './page-folders.js';

describe('the pages', () => {
  let servers: TestServers;
  let gateway: TestGateway;
  let demo: TestGateway;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-pages-'));
    servers = await TestServers.start();
    gateway = await TestGateway.start(servers);
    demo = await TestGateway.start(servers, { BATON_DEMO: 'on' });
    for (const each of [gateway, demo])
      Object.assign(each.app.get(PageFolders), {
        desk: join(folder, 'desk'),
        widget: join(folder, 'widget'),
      });
  });

  afterAll(async () => {
    await demo?.close();
    await gateway?.close();
    await servers?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (path: string, headers = {}) => gateway.call('GET', path, { token: null, headers });

  it('say what to do where they were not built', async () => {
    for (const path of ['/desk', '/desk/queue', '/demo']) {
      const { status, text, headers } = await open(path);
      expect({ path, status }).toEqual({ path, status: 503 });
      expect(text).toContain('npm run build');
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    }
    expect(await open('/widget.js')).toMatchObject({ status: 503 });
  });

  describe('that were built', () => {
    beforeAll(async () => {
      await mkdir(join(folder, 'desk/assets'), { recursive: true });
      await mkdir(join(folder, 'widget'), { recursive: true });
      const files = {
        'secret.txt': 'nobody sees this',
        'desk/index.html': '<!doctype html><title>Desk</title>',
        'desk/.hidden': 'nobody sees this',
        'desk/assets/index-abc123.js': 'run()',
        'desk/assets/index-abc123.js.br': 'compressed',
        'widget/widget.js': 'define()',
        'widget/demo.html': '<!doctype html><title>Demo</title>',
        'widget/demo.css': 'body {}',
        'widget/demo.js': 'ask()',
      };
      for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    });

    it('are the desk: one page for all its views, and its files', async () => {
      for (const path of ['/desk', '/desk/', '/desk/queue', '/desk/c/conv_1:a']) {
        const { status, text, headers } = await open(path);
        expect({ path, status, text }).toEqual({
          path,
          status: 200,
          text: '<!doctype html><title>Desk</title>',
        });
        expect(headers.get('cache-control')).toBe('public, max-age=0');
      }
      const asset = await open('/desk/assets/index-abc123.js', { 'accept-encoding': 'identity' });
      expect(asset.text).toBe('run()');
      expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(asset.headers.get('content-type')).toContain('javascript');
      const etag = asset.headers.get('etag') ?? '';
      const again = await raw(gateway.url, '/desk/assets/index-abc123.js', { 'if-none-match': etag });
      expect(again.status).toBe(304);
    });

    it('come compressed to whoever takes that', async () => {
      const path = '/desk/assets/index-abc123.js';
      const { headers, text } = await raw(gateway.url, path, { 'accept-encoding': 'gzip, br' });
      expect([headers['content-encoding'], headers.vary, text]).toEqual([
        'br',
        expect.stringMatching(/accept-encoding/i),
        'compressed',
      ]);
    });

    it('never lead out of their folder, nor to what is hidden', async () => {
      const paths = [
        ...['/desk/../secret.txt', '/desk/%2e%2e/secret.txt', '/desk/..%2fsecret.txt', '/desk/.hidden'],
        ...['/desk/assets/..%2f..%2fsecret.txt', '/desk//etc/passwd.txt', '/desk/assets/../../secret.txt'],
        ...['/desk/%5c..%5csecret.txt', '/desk/assets/none.js', '/demo/widget.js', '/demo/..%2fsecret.txt'],
      ];
      for (const path of paths) {
        const { status, text } = await raw(gateway.url, path);
        expect({ path, found: status === 200, text: text.includes('nobody') }).toEqual({
          path,
          found: false,
          text: false,
        });
      }
    });

    it('run nothing but files from here, in no frame', async () => {
      for (const path of ['/desk', '/demo', '/desk/assets/index-abc123.js']) {
        const { headers } = await open(path);
        const policy = headers.get('content-security-policy') ?? '';
        expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toContain('unsafe');
        expect(headers.get('x-frame-options')).toBe('DENY');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
      }
      expect((await open('/demo')).headers.get('content-security-policy')).toContain(
        'trusted-types lit-html',
      );
    });

    it('are a widget that any page may load', async () => {
      const { headers, text } = await open('/widget.js', { 'accept-encoding': 'identity' });
      expect(text).toBe('define()');
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    });

    it('are a demo that gives tokens only where that was switched on, and only to its own page', async () => {
      const ask = (to: TestGateway, path = '/demo/token', headers: Record<string, string> = {}) =>
        to.call('POST', path, { token: null, headers });
      expect((await ask(gateway)).status).toBe(404);
      expect((await ask(demo, '/demo/token', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
      const first = await ask(demo);
      expect(first.status).toBe(201);
      const cookie = first.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/^baton_demo=[0-9a-f]{32}; Path=\/demo; HttpOnly; SameSite=Strict$/);
      const subject = ({ body }: { body: { token: string } }): unknown =>
        (JSON.parse(Buffer.from(body.token.split('.')[1] ?? '', 'base64url').toString()) as { sub: unknown })
          .sub;
      const kept = { cookie: cookie.split(';')[0] ?? '' };
      expect(subject(await ask(demo, '/demo/token', kept))).toBe(subject(first));
      expect(subject(await ask(demo, '/demo/token?new', kept))).not.toBe(subject(first));
      // Nobody else's conversation can be named.
      expect(subject(await ask(demo, '/demo/token', { cookie: 'baton_demo=conv_1' }))).toMatch(
        /^demo_[0-9a-f]{32}$/,
      );
      for (const file of ['demo.css', 'demo.js']) expect((await open(`/demo/${file}`)).status).toBe(200);
    });
  });
});

/** A path as it was written, and no header but these: `fetch` would tidy the one and add to the others. */
const raw = (
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; text: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    get({ hostname, port, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    }).on('error', reject);
  });
