import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sourcePorts } from '../testing/source-ports.fixture.js';
import { readTool } from '../testing/node-scope.fixture.js';
import { ToolRegistry } from '../tool-registry.js';
import { loadToolSources, sourceNamesIn } from './tool-sources.js';

describe('the folder of tool sources', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-tools-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const load = async (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const registry = new ToolRegistry([readTool({ name: 'orders.lookup' })]);
    const loaded: string[] = [];
    const refused: string[] = [];
    await loadToolSources(folder, registry, sourcePorts(), {
      loaded: ({ file, name, type }) => loaded.push(`${file}: ${name} (${type})`),
      refused: (file, errors) =>
        refused.push(
          ...errors.map(
            ({ line, column, path, message }) => `${file}:${line}:${column}: ${path}: ${message}`,
          ),
        ),
    });
    await registry.close();
    return { loaded, refused, registry };
  };
  const API =
    'openapi: 3.1.0\nservers: [{ url: "https://shop.example" }]\npaths:\n  /a: { get: { operationId: a } }\n';

  it('is empty where it is not there', async () => {
    const registry = new ToolRegistry([]);
    const none = { loaded: () => undefined, refused: () => undefined };
    await loadToolSources(join(folder, 'nowhere'), registry, sourcePorts(), none);
    expect(await registry.list('acme')).toEqual([]);
  });

  it('loads what is right and refuses what is wrong, at its line and column', async () => {
    const { loaded, refused, registry } = await load({
      'a.yaml':
        'type: openapi\nsource: shop\ndocument: shop.json\ntools:\n  a: { risk: HIGH, timeout: 5s }\n',
      'shop.json': JSON.stringify({
        openapi: '3.1.0',
        servers: [{ url: 'https://shop.example' }],
        paths: { '/a': { get: { operationId: 'a' } } },
      }),
      'b.yaml': 'type: soap\nsource: b\n',
      'c.yaml': 'type: mcp\nsource: C d\nurl: http://a.example\ncommand: x\nrisk: NONE\n',
      'd.yaml':
        'type: mcp\nsource: d\nurl: ftp://a.example\nauth: { bearer: { env: BATON_SECRET } }\nfoo: 1\n',
      'e.yaml': 'type: openapi\nsource: e\ndocument: nowhere.yaml\n',
      'f.yaml': 'type: openapi\nsource: f\ndocument: shop.json\ntools:\n  b: { risk: LOW }\n',
      'g.yaml': 'type: openapi\nsource: g\ndocument: shop.json\nauth:\n  connection: github\n',
      'h.yaml': 'type: composio\nsource: h\ntoolkits: [github]\n',
      'i.yaml': 'type: mcp\nsource: i\n  command: x',
    });
    expect(loaded).toEqual(['a.yaml: shop (openapi)']);
    expect(refused.map((line) => line.replace(/(no such file).*/, '$1'))).toMatchInlineSnapshot(`
     [
       "b.yaml:1:7: type: must be openapi, mcp or composio",
       "c.yaml:2:9: source: must be a name: small letters, digits, _ and -, at most 32",
       "c.yaml:5:7: risk: expected one of "LOW"|"MEDIUM"|"HIGH"|"CRITICAL"",
       "d.yaml:3:6: url: must be an http or https URL",
       "d.yaml:4:24: auth.bearer.env: is one of Baton's own secrets",
       "d.yaml:5:1: foo: "foo" is not known here",
       "e.yaml:3:11: document: ENOENT: no such file",
       "f.yaml:3:11: document: it has no operation "b"",
       "g.yaml:5:15: auth.connection: There is no provider "github"",
       "h.yaml:1:7: type: COMPOSIO_API_KEY, which this tool needs, is not set",
       "i.yaml:2:9: $: Nested mappings are not allowed in compact mappings",
       "i.yaml:2:9: $: Implicit keys need to be on a single line",
     ]
    `);
    expect((await registry.list('acme')).map(({ name, risk_tier }) => [name, risk_tier])).toEqual([
      ['orders.lookup', 'LOW'],
      ['shop.a', 'HIGH'],
    ]);
    expect(await sourceNamesIn(folder)).toEqual(new Set(['shop', 'e', 'f', 'g', 'h']));
  });

  it('lets no source take the name of another, or of built-in tools', async () => {
    const file = (source: string) => `type: openapi\ndocument: api.txt\nsource: ${source}\n`;
    const { loaded, refused } = await load({
      'api.txt': API,
      'a.yaml': file('shop'),
      'b.yml': file('shop'),
      'c.yaml': file('orders'),
    });
    expect(loaded).toEqual(['a.yaml: shop (openapi)']);
    expect(refused).toEqual([
      'b.yml:3:9: source: "shop" is the name of other tools: theirs would be called the same',
      'c.yaml:3:9: source: "orders" is the name of other tools: theirs would be called the same',
    ]);
  });
});
