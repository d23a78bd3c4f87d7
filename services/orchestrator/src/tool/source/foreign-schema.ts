import { jsonSafe } from '../json-safe.js';
import { toolSchemaFault } from '../tool-schema.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What a model reads with every call of it; one that is larger crowds out the conversation. */
const LARGEST_SCHEMA_BYTES = 64 * 1024;

/** Keywords whose value is a schema, a map of schemas, or a list of them. */
const ONE = [
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
];
const MAP = ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'];
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];

/** Said of other dialects or to other readers; `$id` would move the ground under our own references. */
const DROPPED = new Set(['$schema', '$id', 'id', 'discriminator', 'example', 'externalDocs', 'xml']);

export interface ForeignSchemaOptions {
  /** Drops regular expressions: one of a stranger's can take minutes on the right argument. */
  readonly withoutPatterns?: boolean;
}

/**
 * A stranger's JSON Schema as a tool may have it: of an object, in our dialect, of bounded size, and one that compiles.
 * @throws Error that says why it can not be used
 */
export const foreignSchema = (schema: unknown, options: ForeignSchemaOptions = {}): JsonObject => {
  const walked = walk(jsonSafe(schema ?? {}), options);
  const cleaned = isObject(walked) ? walked : {};
  if (cleaned['type'] !== undefined && cleaned['type'] !== 'object')
    throw new Error('its arguments are no object');
  const result = { ...cleaned, type: 'object' };
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes > LARGEST_SCHEMA_BYTES)
    throw new Error(`its input schema has ${bytes} bytes, and at most ${LARGEST_SCHEMA_BYTES} are taken`);
  const fault = toolSchemaFault(result);
  if (fault !== undefined) throw new Error(`its input schema is none: ${fault}`);
  return result;
};

const walk = (schema: unknown, options: ForeignSchemaOptions): unknown => {
  if (!isObject(schema)) return schema;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (DROPPED.has(key) || key.startsWith('x-')) continue;
    if (options.withoutPatterns && (key === 'pattern' || key === 'patternProperties')) continue;
    if (key === 'items' && Array.isArray(value))
      // As drafts before 2020-12 wrote a tuple.
      result['prefixItems'] = value.map((part) => walk(part, options));
    else if (ONE.includes(key)) result[key] = walk(value, options);
    else if (LIST.includes(key) && Array.isArray(value))
      result[key] = value.map((part) => walk(part, options));
    else if (MAP.includes(key) && isObject(value))
      result[key] = Object.fromEntries(
        Object.entries(value).map(([name, part]) => [name, walk(part, options)]),
      );
    else result[key] = value;
  }
  exclusiveNumber(result, 'minimum', 'exclusiveMinimum');
  exclusiveNumber(result, 'maximum', 'exclusiveMaximum');
  // Without a type it says nothing, and our validator refuses it.
  if (result['type'] === undefined) delete result['nullable'];
  return result;
};

/** Draft 4 wrote a bound and, beside it, whether it is one that may not be reached. */
const exclusiveNumber = (schema: Record<string, unknown>, bound: string, exclusive: string): void => {
  if (typeof schema[exclusive] !== 'boolean') return;
  const isExclusive = schema[exclusive];
  delete schema[exclusive];
  if (!isExclusive || schema[bound] === undefined) return;
  schema[exclusive] = schema[bound];
  delete schema[bound];
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
