type Schema = Readonly<Record<string, unknown>>;

/** What the vendor's strict mode knows; a schema with anything else is sent as a wish, not as a rule. */
const STRICT_KEYWORDS: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'enum',
  'const',
  'items',
  'anyOf',
  '$ref',
  '$defs',
  'description',
  'title',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'pattern',
  'format',
]);

/**
 * A JSON Schema as `response_format`. Strict mode wants every object closed and every property required: where
 * ours is so, or can be narrowed to be so, the vendor guarantees the shape; else it is validated here all the same.
 */
export const responseFormat = (
  schema: Schema,
): { name: string; schema: Record<string, unknown>; strict: boolean } => {
  const closed = closeObjects(schema) as Record<string, unknown>;
  return { name: 'answer', schema: closed, strict: closed.type === 'object' && isStrict(closed) };
};

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapValues = (value: unknown, change: (schema: unknown) => unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, change(each)]))
    : value;

/** Closes objects that say nothing of further properties, and gives an enum of strings its type. */
const closeObjects = (schema: unknown): unknown => {
  if (!isObject(schema)) return schema;
  const closed: Record<string, unknown> = { ...schema };
  if (isObject(closed.properties)) {
    closed.properties = mapValues(closed.properties, closeObjects);
    closed.type ??= 'object';
    closed.additionalProperties ??= false;
  }
  if (closed.items !== undefined) closed.items = closeObjects(closed.items);
  if (Array.isArray(closed.anyOf)) closed.anyOf = closed.anyOf.map(closeObjects);
  if (closed.$defs !== undefined) closed.$defs = mapValues(closed.$defs, closeObjects);
  if (
    Array.isArray(closed.enum) &&
    closed.type === undefined &&
    closed.enum.every((each) => typeof each === 'string')
  )
    closed.type = 'string';
  return closed;
};

const isStrict = (schema: unknown): boolean => {
  if (!isObject(schema) || !Object.keys(schema).every((key) => STRICT_KEYWORDS.has(key))) return false;
  const { properties, required, items, anyOf, $defs } = schema;
  if (schema.type === 'object' || isObject(properties)) {
    if (schema.additionalProperties !== false || !isObject(properties)) return false;
    const names = Array.isArray(required) ? required : [];
    if (!Object.keys(properties).every((name) => names.includes(name))) return false;
    if (!Object.values(properties).every(isStrict)) return false;
  } else if (schema.type === undefined && anyOf === undefined && schema.$ref === undefined) return false;
  if (items !== undefined && !isStrict(items)) return false;
  if (Array.isArray(anyOf) && !anyOf.every(isStrict)) return false;
  return !isObject($defs) || Object.values($defs).every(isStrict);
};
