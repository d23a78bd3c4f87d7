import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadProvider } from './load-provider.js';

const ENV = { ACME_ID: 'baton', ACME_SECRET: 'canary-secret' };
const load = (yaml: string, env: Record<string, string> = ENV) => loadProvider(yaml, env);
const errors = (yaml: string): string[] => {
  const loaded = load(yaml);
  if (!('errors' in loaded)) throw new Error('It was taken');
  return loaded.errors.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
};

describe('a provider’s file', () => {
  it('takes secrets from the environment, by the names it gives', () => {
    const { ok } = load(
      'name: acme\nissuer: https://as.acme.example\nclient: { id_env: ACME_ID, secret_env: ACME_SECRET }\nscopes: [read]\n',
    ) as { ok: unknown };
    expect(ok).toMatchObject({
      name: 'acme',
      issuer: 'https://as.acme.example',
      client: { kind: 'static', id: 'baton', secret: 'canary-secret', auth: 'client_secret_basic' },
      scopes: ['read'],
    });
  });

  it('is there without them, and knows which one is missing', () => {
    expect(
      load('name: acme\nissuer: https://a.example\nclient: { id_env: ACME_ID, secret_env: GONE }\n'),
    ).toMatchObject({
      ok: { client: { kind: 'missing', variable: 'GONE' } },
    });
  });

  it('registers itself, and may name its endpoints', () => {
    expect(load('name: a\nresource: https://api.example/mcp\nclient: { register: true }\n')).toMatchObject({
      ok: { resource: 'https://api.example/mcp', client: { kind: 'dynamic', clientName: 'Baton' } },
    });
    expect(
      load(
        'name: a\nendpoints: { authorization: https://a.example/auth, token: https://a.example/token }\nclient: { id: x }\nauthorize_params: { access_type: offline }\n',
      ),
    ).toMatchObject({
      ok: {
        endpoints: { revocation: null },
        client: { auth: 'none' },
        authorizeParams: { access_type: 'offline' },
      },
    });
  });

  it('is refused with line and column of what is wrong', () => {
    expect(
      errors(`name: acme co
issuer: ftp://as.example
client:
  id: x
  secret: abc
scopes: [read, "two words"]
authorize_params:
  state: mine
`),
    ).toEqual([
      expect.stringContaining('1:7 name: '),
      '2:9 issuer: must be a URL that begins with https://',
      '5:3 client.secret: is not known here',
      '6:16 scopes.1: must be one scope: printable ASCII without spaces and quotes',
      '8:3 authorize_params.state: is a parameter that Baton sets itself',
    ]);
    expect(errors('name: a\nclient: { id: x, register: true }\n')).toEqual([
      '1:7 name: needs an issuer, a resource whose metadata name one, or endpoints',
      '2:1 client: needs one of id, id_env and register: true',
    ]);
    expect(
      errors('name: a\nissuer: https://a.example\nclient: { id: x, auth: client_secret_post }\n'),
    ).toEqual(['3:24 client.auth: needs secret_env']);
    expect(
      errors('name: a\nissuer: https://a.example\nclient: { id: x, secret_env: BATON_SECRET }\n'),
    ).toEqual(["3:30 client.secret_env: is one of Baton's own secrets"]);
    expect(errors('name: [')).toHaveLength(1);
  });
});

describe('docs/oauth.md', () => {
  const page = readFileSync(join(process.cwd(), 'docs/oauth.md'), 'utf8');
  const files = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml]) => yaml as string);

  it.each(files)('shows files that are taken: %s', (yaml) => {
    expect(load(yaml)).toHaveProperty('ok');
  });

  it('shows one of each kind', () => expect(files).toHaveLength(3));
});
