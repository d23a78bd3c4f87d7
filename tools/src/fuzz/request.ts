import { generateSync } from 'json-schema-faker';

import type { Random } from '../chaos/random.js';
import type { Operation, Schema } from './document.js';
import { likely, likelyBody, likelyQuery, planted, WORKFLOW } from './hints.js';
import type { Pool } from './pool.js';

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly token: string;
}

/** One request as it goes out; the body is bytes so that it may be anything. */
export interface FuzzRequest {
  readonly operation: Operation;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  /** Names and values in order; a name may come twice. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  /** Before it is written as text; undefined where there is none. */
  readonly json: unknown;
  readonly body: Buffer | undefined;
}

/** As long as text is by default: 32,000 characters in each message say nothing more. */
const LONGEST = 300;

/** A request that the document allows, with things that there are where it asks for ids. */
export const validRequest = (
  operation: Operation,
  pool: Pool,
  caller: Caller,
  random: Random,
): FuzzRequest => {
  const params: Record<string, string> = {};
  const together = likelyQuery(operation, pool, random);
  const query: [string, string][] = together ?? [];
  const headers: Record<string, string> = {};
  for (const { name, in: place, required, schema } of operation.parameters) {
    if (!required && !random.chance(0.4)) continue;
    if (place === 'path') params[name] = pathValue(operation, name, schema, pool, random);
    else if (place === 'query' && !together)
      query.push([name, queryValue(operation, name, schema, pool, random)]);
    else if (place === 'header') headers[name.toLowerCase()] = headerValue(name, schema, random);
  }
  const owner = pool.ownerOf(params['delivery_id'] ?? '');
  if (owner !== undefined) params['id'] = owner;
  const [contentType] = Object.keys(operation.bodies);
  const schema = contentType === undefined ? undefined : operation.bodies[contentType];
  const json =
    schema === undefined
      ? undefined
      : contentType === 'application/yaml'
        ? WORKFLOW(random.chance(0.8) ? (params['name'] ?? 'fuzzed') : 'another', random.int(1, 9))
        : likelyBody(operation, params, planted(fake(schema, random), pool, random), random, {
            argumentsOf: (tool) => pool.schemaOf(tool),
            fake,
          });
  const body =
    json === undefined
      ? undefined
      : Buffer.from(contentType === 'application/yaml' ? (json as string) : JSON.stringify(json));
  return { operation, caller, params, query, headers, contentType, json, body };
};

/** A value that the schema allows, by a library. */
export const fake = (schema: Schema, random: Random): unknown =>
  generateSync(schema, {
    seed: random.int(1, 2_000_000_000),
    optionalsProbability: random.pick([0.2, 0.6, 1]),
    maxDefaultItems: 3,
    ...(random.chance(0.95) && { maxLength: LONGEST }),
  });

const pathValue = ({ path }: Operation, name: string, schema: Schema, pool: Pool, random: Random): string =>
  (random.chance(0.85) ? pool.pick(pool.kindOf(path, name), random) : undefined) ??
  String(fake({ minLength: 1, ...schema }, random));

const queryValue = ({ id }: Operation, name: string, schema: Schema, pool: Pool, random: Random): string => {
  const kind = name === 'cursor' ? `cursor of ${id}` : name;
  const known = likely(name, random) ?? (random.chance(0.7) ? pool.pick(kind, random) : undefined);
  return known ?? String(fake(schema, random));
};

const headerValue = (name: string, schema: Schema, random: Random): string => {
  switch (name.toLowerCase()) {
    case 'prefer':
      return random.pick(['wait=0', 'wait=1', 'respond-async']);
    case 'accept':
      return random.pick(['application/json', 'text/event-stream', '*/*']);
    case 'last-event-id':
      return String(random.int(0, 9));
    default:
      return `${String(fake(schema, random)).replace(/[^\x21-\x7e]/g, '_')}${random.int(0, 99)}`;
  }
};
