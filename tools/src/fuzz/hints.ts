import type { Random } from '../chaos/random.js';
import type { Operation, Schema } from './document.js';
import { PROVIDER } from './fuzzed-baton.js';
import type { Pool } from './pool.js';

/** Fields and parameters whose likely values get a request further than the first check. */
const LIKELY: Readonly<Record<string, readonly string[]>> = {
  sender_type: ['user', 'user', 'user', 'user', 'human_agent'],
  workflow_name: ['fuzzed', 'fuzzed', 'customer_support', 'order_management'],
  version: ['1', '2', '3'],
  provider: [PROVIDER],
};
/** So often a hint is followed; else it stays what the schema made of it. */
const OFTEN = 0.85;
/** Where nothing listens, and no name is looked up outside. */
const NOWHERE = 'https://hooks.invalid/baton';

/** A workflow that is right, in as many versions as numbers. */
export const WORKFLOW = (name: string, version: number): string => `name: ${name}
description: Version ${version}
nodes:
  done: { type: sink, sink: FINISH, reply: "Version ${version}" }
`;

/** What a schema can't say of a body as a whole: which fields exclude each other, and what another call has told. */
export interface Hints {
  /** Schema of a tool's arguments, by its name. */
  readonly argumentsOf: (tool: string) => Schema | undefined;
  /** A value that the schema allows. */
  readonly fake: (schema: Schema, random: Random) => unknown;
}

/** The likely value of a field or parameter, now and then. */
export const likely = (name: string, random: Random): string | undefined => {
  if (name === 'url') return NOWHERE;
  const values = LIKELY[name];
  return values && random.chance(OFTEN) ? random.pick(values) : undefined;
};

/** A body that its route takes, for those few that a schema alone does not lead to; else as it is. */
export const likelyBody = (
  { method, path }: Operation,
  params: Readonly<Record<string, string>>,
  json: unknown,
  random: Random,
  { argumentsOf, fake }: Hints,
): unknown => {
  if (!random.chance(OFTEN)) return json;
  switch (`${method} ${path}`) {
    case 'POST /api/v1/workflows/execute':
      return random.chance(0.8)
        ? { workflow_name: likely('workflow_name', random) ?? 'fuzzed', input_data: {} }
        : { definition: WORKFLOW('fuzzed_inline', random.int(1, 9)), input_data: {} };
    case 'POST /api/v1/tools/{name}/execute': {
      const schema = argumentsOf(params['name'] ?? '');
      return schema ? { args: fake(schema, random) } : json;
    }
    case 'POST /api/v1/consultations': {
      const about = Object.entries(json as object);
      return about.length > 1 ? Object.fromEntries([random.pick(about)]) : json;
    }
    case 'POST /api/v1/approvals/{id}/decision':
      return decision(random);
    case 'POST /api/v1/ui/chat':
      return {
        ...(json as object),
        messages: [
          { id: `m${random.int(1, 1e6)}`, role: 'user', parts: [{ type: 'text', text: random.words(3) }] },
        ],
      };
    default:
      return json;
  }
};

/** One that fits the refunds that wait for it. */
const decision = (random: Random): unknown => {
  const message = random.words(3);
  switch (random.pick(['APPROVE', 'REJECT', 'EDIT', 'RESPOND'])) {
    case 'EDIT': {
      const args = { order_id: '1001', amount: random.int(1, 9) / 100 };
      return { decision: 'EDIT', message, edited_plan: { steps: [{ tool: 'orders.refund', args }] } };
    }
    case 'RESPOND':
      return { decision: 'RESPOND', message };
    case 'REJECT':
      return { decision: 'REJECT', message };
    default:
      return { decision: 'APPROVE' };
  }
};

/** A query that its route takes, where parameters belong together: what a provider's redirect says counts once. */
export const likelyQuery = (
  { path }: Operation,
  pool: Pool,
  random: Random,
): [string, string][] | undefined => {
  const search = path.endsWith('/oauth/callback') && random.chance(OFTEN) && pool.pick('redirect', random);
  if (!search) return undefined;
  pool.drop('redirect', search);
  return [...new URLSearchParams(search)];
};

/** The same value with likely texts, and with ids of what there is, so that what is asked for is found now and then. */
export const planted = (value: unknown, pool: Pool, random: Random): unknown => {
  if (Array.isArray(value)) return value.map((item) => planted(item, pool, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      typeof field === 'string'
        ? (likely(key, random) ?? (random.chance(0.7) ? pool.pick(key, random) : undefined) ?? field)
        : planted(field, pool, random),
    ]),
  );
};
