import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import fc from 'fast-check';

import { KnownSecrets } from './known-secrets.js';
import { SecretScan } from './secret-scan.js';

const key = `baton_${'aB3-'.repeat(10)}xyz`;
const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.${'aB3_'.repeat(8)}`;
const PLANTED: Readonly<Record<string, string>> = {
  'API key': key,
  'webhook secret': `whsec_${randomBytes(24).toString('base64')}`,
  'JSON web token': jwt,
  'private key': '-----BEGIN RSA PRIVATE KEY-----',
  'password in a URL': 'postgres://baton:s3cr3t-password@127.0.0.1:5432/baton',
  'credentials in a header': `Bearer ${'xY9z'.repeat(6)}`,
  'key of a model vendor': `sk-proj-${'aB3_'.repeat(6)}`,
  'access key of a cloud': 'AKIAABCDEFGHIJKLMNOP',
  'token of a forge': `ghp_${'aB3d'.repeat(9)}`,
  'a name that is known': 'open ünder "sesame"',
};
const known = new Map([['open ünder "sesame"', 'a name that is known']]);

function* partsOf(bytes: Buffer, size: number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const chunksOf = (bytes: Buffer, size: number): AsyncIterable<Buffer> =>
  Readable.from(partsOf(bytes, size)) as AsyncIterable<Buffer>;

const kindsIn = async (text: string, size: number, cutAt?: 'line'): Promise<string[]> => {
  const scan = new SecretScan(known);
  await scan.stream('here', chunksOf(Buffer.from(text), size), cutAt);
  expect(scan.bytes).toBe(Buffer.byteLength(text));
  return scan.findings.map(({ kind }) => kind);
};

describe('a scan for secrets', () => {
  it('finds each kind wherever what it reads is cut, and says no more than where', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(PLANTED)),
        fc.string(),
        fc.integer({ min: 1, max: 60 }),
        async (kind, around, size) => {
          const text = `${around} {"field":"${PLANTED[kind]}"} ${around}\n`;
          expect(await kindsIn(text, size)).toContain(kind);
          expect(await kindsIn(text, size, 'line')).toContain(kind);
        },
      ),
    );
    const scan = new SecretScan(known);
    scan.text('here', JSON.stringify({ headers: { authorization: `Bearer ${jwt}` } }));
    // Once as the header, once as what it holds.
    expect(scan.findings).toContainEqual({
      place: 'here',
      kind: 'credentials in a header',
      near: 'authorization',
    });
    expect(JSON.stringify(scan.findings)).not.toContain(jwt.slice(0, 12));
  });

  it('finds what lies across chunks of any length, in bytes as PostgreSQL writes them and as JSON does', async () => {
    const far = 'x '.repeat(100_000);
    for (const size of [1_000, 65_536])
      expect(await kindsIn(`${far}${key}\n${far}`, size)).toEqual(['API key']);
    const bytes = `1\t\\\\x${Buffer.from(`{"k":"${key}"}`).toString('hex')}\t2\n`;
    expect(await kindsIn(bytes, 7, 'line')).toEqual(['API key']);
    expect(await kindsIn(JSON.stringify({ told: [...known.keys()][0] }), 9)).toEqual([
      'a name that is known',
    ]);
  });

  it('takes nothing else for one', async () => {
    const harmless = [
      'baton_queue_handover_to_offer_seconds_bucket_x',
      `baton_${'a_very_long_name_of_some_measure_'.repeat(2)}`.slice(0, 49),
      'https://example.org:8443/a@b',
      'postgres://baton:[secret]@127.0.0.1/baton',
      'postgres://baton:***@127.0.0.1/baton',
      'Bearer [secret]',
      'Authorization: Bearer <token>',
      'a bearer of international recommendations',
      `${randomBytes(300).toString('base64')}`,
      'eyJhbGciOiJIUzI1NiJ9',
    ].join('\n');
    expect(await kindsIn(harmless, 50)).toEqual([]);
  });

  it('knows the secrets of an environment and of an answer by their names', () => {
    const secrets = new KnownSecrets();
    secrets.addEnvironment({
      BATON_API_KEY: 'dev-key',
      BATON_TOKEN_KEYS: 'k1:first-key-bytes,k2:second-key-bytes',
      DATABASE_URL: 'postgres://baton:of%20the%20database@127.0.0.1/baton',
      BATON_LLM_MAX_TOKENS: '100000000',
      BATON_TOKENS_DIR: '/somewhere/else',
      BATON_PUBLIC_URL: 'http://127.0.0.1:3000',
      SHOP_TOKEN: undefined,
    });
    secrets.addAnswer({
      items: [{ api_key: 'an-answered-api-key', name: 'not-a-secret-name' }],
      token: 'too-short',
    });
    expect([...secrets.all().keys()].sort()).toEqual(
      [
        'an-answered-api-key',
        'dev-key',
        'first-key-bytes',
        'k1:first-key-bytes,k2:second-key-bytes',
        'of the database',
        'second-key-bytes',
      ].sort(),
    );
  });
});
