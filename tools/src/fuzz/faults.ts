import { HOSTILE_STRINGS } from '@baton/testkit';

import type { Random } from '../chaos/random.js';
import type { FuzzRequest } from './request.js';

/** What is wrong with a request, and which answers that leaves. */
export interface Fault {
  readonly name: string;
  /** The request with the fault; undefined where it has no place for it. */
  readonly apply: (request: FuzzRequest, random: Random) => FuzzRequest | undefined;
  /** The only statuses that are right; any that is documented and no 5xx, unless said. */
  readonly only?: readonly number[];
}

const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER + 2,
    0.1,
    '',
    ' ',
    [],
    {},
    [[[[]]]],
    ['x'],
    { a: { b: 1 } },
  ],
  ...[
    '\u0000',
    'a\u0000b',
    '\uD800',
    '\uDC00x',
    '\uFFFE',
    '1'.repeat(400),
    '2026-02-30T99:99:99Z',
    '-0',
    '1e9',
  ],
  { toString: 1 },
  { __proto__: null, constructor: { prototype: 1 } },
];
const NAMES = ['__proto__', 'constructor', 'toString', 'surprise', '', '$ref', 'a.b', 'tenant_id', '\u0000'];
const TEXTS: readonly string[] = [...HOSTILE_STRINGS, ...VALUES.filter((value) => typeof value === 'string')];
/** What a header may carry: the HTTP library lets nothing else out. */
const HEADER_TEXTS = [
  '',
  '0',
  '-1',
  'wait=',
  'wait=abc',
  'wait=-5',
  ',,,',
  '"',
  'x'.repeat(300),
  'é',
  'text/*;q=x',
  '*',
];

const withJson = (request: FuzzRequest, json: unknown): FuzzRequest => ({
  ...request,
  json,
  body: Buffer.from(JSON.stringify(json) ?? ''),
});
const withBody = (request: FuzzRequest, body: string | Buffer): FuzzRequest => ({
  ...request,
  json: undefined,
  body: Buffer.from(body as string),
});
const takesJson = ({ contentType }: FuzzRequest): boolean => contentType === 'application/json';
const wrong = (random: Random): unknown => (random.chance(0.5) ? random.pick(VALUES) : random.pick(TEXTS));
const wrongText = (random: Random): string => random.pick(TEXTS);

/** A copy with one place of it changed, however deep. */
const changed = (value: unknown, random: Random, change: (value: unknown) => unknown): unknown => {
  if (typeof value !== 'object' || value === null || random.chance(0.2)) return change(value);
  const keys = Object.keys(value);
  if (keys.length === 0) return change(value);
  const key = random.pick(keys);
  const inner = changed((value as Record<string, unknown>)[key], random, change);
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? inner : (item as unknown)));
  return { ...value, [key]: inner };
};

const BODY_FAULTS: readonly Fault[] = [
  {
    name: 'a field of another type or content',
    apply: (request, random) =>
      takesJson(request)
        ? withJson(
            request,
            changed(request.json, random, () => wrong(random)),
          )
        : undefined,
  },
  {
    name: 'a field less',
    apply: (request, random) => {
      const keys = Object.keys((takesJson(request) && (request.json as object)) || {});
      if (keys.length === 0) return undefined;
      const { [random.pick(keys)]: _gone, ...rest } = request.json as Record<string, unknown>;
      return withJson(request, rest);
    },
  },
  {
    name: 'a field more',
    apply: (request, random) =>
      takesJson(request)
        ? withBody(
            request,
            JSON.stringify(request.json)
              .replace(/^\{/, `{${JSON.stringify(random.pick(NAMES))}:1,`)
              .replace(',}', '}'),
          )
        : undefined,
  },
  {
    name: 'a text that is too long',
    apply: (request, random) =>
      takesJson(request)
        ? withJson(
            request,
            changed(request.json, random, () => 'ü'.repeat(random.pick([129, 5000, 40_000, 400_000]))),
          )
        : undefined,
  },
  {
    name: 'a body over 1 MiB',
    apply: (request) =>
      request.body ? withBody(request, `{"message":"${'x'.repeat(1_100_000)}"}`) : undefined,
    only: [413],
  },
  {
    name: 'no JSON',
    apply: (request, random) =>
      takesJson(request)
        ? withBody(
            request,
            random.pick([
              '{',
              '{"a":',
              '{"a":1}}',
              '\u0000',
              '{"a":NaN}',
              "{'a':1}",
              '[1,',
              'undefined',
              '{"a":1,}',
            ]),
          )
        : undefined,
    only: [400],
  },
  {
    name: 'JSON that is no object',
    apply: (request, random) =>
      takesJson(request)
        ? withBody(request, random.pick(['[]', '[{}]', '"x"', '1', 'true', 'null', '[[[]]]']))
        : undefined,
  },
  {
    name: 'bytes that are no text',
    apply: (request) =>
      request.body
        ? withBody(request, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))
        : undefined,
  },
  {
    name: 'very deep JSON',
    apply: (request, random) => {
      const depth = random.pick([50, 2000, 20_000]);
      return takesJson(request)
        ? withBody(
            request,
            `{"metadata":${'['.repeat(depth)}${']'.repeat(depth)},"args":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`,
          )
        : undefined;
    },
  },
  {
    name: 'another content type',
    apply: (request, random) =>
      request.body
        ? {
            ...request,
            contentType: random.pick([
              'text/plain',
              'application/xml',
              'multipart/form-data',
              'x',
              'application/json+x',
              '',
            ]),
          }
        : undefined,
    only: [400, 415],
  },
  {
    name: 'no body',
    apply: (request) => (request.body ? { ...request, json: undefined, body: undefined } : undefined),
  },
  {
    name: 'a body where none is asked for',
    apply: (request) =>
      request.body ? undefined : { ...withBody(request, '{"a":1}'), contentType: 'application/json' },
  },
  {
    name: 'broken YAML',
    apply: (request, random) =>
      request.contentType === 'application/yaml'
        ? withBody(
            request,
            random.pick([
              ...TEXTS.filter((text) => text !== '').map(String),
              'a: &a [*a]',
              'nodes: {answer: {type: agent}}',
              `${'a: {'.repeat(3000)}`,
              '&a [&b [&c [*a, *b, *c], *a], *b]',
              'name: x\nnodes:\n  a: {type: sink, sink: FINISH, needs: [b]}\n  b: {type: sink, sink: FINISH, needs: [a]}',
              '!!js/function "x"',
              '? {a: 1}\n: 2',
              '---\na: 1\n---\nb: 2',
            ]),
          )
        : undefined,
  },
];

const OTHER_FAULTS: readonly Fault[] = [
  {
    name: 'no token',
    apply: (request) => ({ ...request, caller: { name: 'nobody', token: '' } }),
    only: [401],
  },
  {
    name: 'a wrong token',
    apply: (request, random) => ({
      ...request,
      caller: {
        name: 'a stranger',
        token: random.pick([
          'wrong',
          `${request.caller.token}x`,
          request.caller.token.slice(0, -1),
          'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
          'a b',
          '%00',
          'é',
          'x'.repeat(5000),
        ]),
      },
    }),
    only: [401],
  },
  {
    name: 'a strange path',
    apply: (request, random) => {
      const names = Object.keys(request.params);
      if (names.length === 0) return undefined;
      const text = `${wrongText(random).toWellFormed()}${random.pick(['', 'x'])}`;
      return { ...request, params: { ...request.params, [random.pick(names)]: text === '' ? '%' : text } };
    },
  },
  {
    name: 'a strange query',
    apply: (request, random) => {
      const known = request.operation.parameters.filter(({ in: place }) => place === 'query');
      const name = known.length > 0 && random.chance(0.9) ? random.pick(known).name : random.pick(NAMES);
      const more: [string, string][] = [[name, wrongText(random).toWellFormed()]];
      if (random.chance(0.3)) more.push([random.chance(0.5) ? name : `${name}[]`, '1']);
      return { ...request, query: [...request.query, ...more] };
    },
  },
  {
    name: 'a strange header',
    apply: (request, random) => ({
      ...request,
      headers: {
        ...request.headers,
        [random.pick([
          'prefer',
          'idempotency-key',
          'accept',
          'last-event-id',
          'traceparent',
          'x-request-id',
          'content-encoding',
          'accept-encoding',
          'if-none-match',
        ])]: random.pick(HEADER_TEXTS),
      },
    }),
  },
  {
    name: 'a key that was used for something else',
    apply: (request, random) =>
      request.operation.method === 'POST'
        ? { ...request, headers: { ...request.headers, 'idempotency-key': `again-${random.int(0, 3)}` } }
        : undefined,
  },
];

export const FAULTS: readonly Fault[] = [...BODY_FAULTS, ...OTHER_FAULTS];
