/** A JSON schema as far as it is looked into here. */
export type Schema = Readonly<Record<string, unknown>>;

/** One parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly schema: Schema;
}

/** What may be answered with one status: nothing, or a body of one of these types. */
export type Answers = Readonly<Record<string, Schema>>;

/** One operation of the document, with every reference followed. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Whether it asks for a token. */
  readonly isOpen: boolean;
  /** Schema of the body by its content type; none where it takes no body. */
  readonly bodies: Readonly<Record<string, Schema>>;
  readonly answers: ReadonlyMap<number, Answers>;
}

interface RawOperation {
  readonly operationId: string;
  readonly parameters?: readonly (Omit<Parameter, 'required'> & { required?: boolean })[];
  readonly requestBody?: { readonly content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
  readonly security?: readonly unknown[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every operation that an OpenAPI 3.0 document describes; its schemas as JSON Schema understands them. */
export const operationsIn = (document: object): Operation[] => {
  const { paths } = followed(document, document) as { paths?: Record<string, Record<string, RawOperation>> };
  if (!paths) throw new Error('The document describes no paths');
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [operationOf(path, method, item[method])] : [])),
  );
};

/** The node with everything in place of what points to it. @throws Error for a pointer to nowhere, or to itself */
const followed = (node: unknown, root: object, on: readonly string[] = []): unknown => {
  if (Array.isArray(node)) return node.map((each) => followed(each, root, on));
  if (!isObject(node)) return node;
  const { $ref } = node;
  if (typeof $ref !== 'string')
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, followed(value, root, on)]));
  if (on.includes($ref)) throw new Error(`${$ref} points to itself`);
  const target = $ref
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((found, part) => (isObject(found) ? found[part] : undefined), root);
  if (target === undefined) throw new Error(`${$ref} points to nowhere`);
  return followed(target, root, [...on, $ref]);
};

const operationOf = (path: string, method: string, raw: RawOperation): Operation => ({
  id: raw.operationId,
  method: method.toUpperCase(),
  path,
  parameters: (raw.parameters ?? []).map(({ name, in: place, required, schema }) => ({
    name,
    in: place,
    required: required === true,
    schema: withNull(schema),
  })),
  isOpen: (raw.security ?? []).length === 0,
  bodies: schemasIn(raw.requestBody?.content),
  answers: new Map(
    Object.entries(raw.responses).map(([status, { content }]) => [Number(status), schemasIn(content)]),
  ),
});

const schemasIn = (content: Record<string, { schema: Schema }> = {}): Answers =>
  Object.fromEntries(Object.entries(content).map(([type, { schema }]) => [type, withNull(schema)]));

/** OpenAPI 3.0's `nullable` said as JSON Schema says it; examples, which are no rules, are left out. */
export const withNull = (schema: Schema): Schema => {
  const { nullable, example: _example, ...rest } = schema;
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key === 'properties' || key === 'patternProperties')
      plain[key] = mapValues(value as object, withNull);
    else if (key === 'enum' || key === 'default' || key === 'required') plain[key] = value;
    else if (Array.isArray(value))
      plain[key] = value.map((each: unknown) => (isObject(each) ? withNull(each) : each));
    else plain[key] = isObject(value) ? withNull(value) : value;
  }
  return nullable === true ? { anyOf: [plain, { type: 'null' }] } : plain;
};

/**
 * The schema, and nothing that it does not name: what an answer says must be in the document. Objects that name no
 * fields at all, and parts of a composition, stay as they are.
 */
export const closed = (schema: Schema): Schema => {
  const parts: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') parts[key] = mapValues(value as object, closed);
    else if (key === 'allOf') parts[key] = value;
    else if (key === 'anyOf' || key === 'oneOf') parts[key] = (value as Schema[]).map(closed);
    else if (key === 'items' || key === 'additionalProperties')
      parts[key] = isObject(value) ? closed(value) : value;
    else parts[key] = value;
  }
  const isNamed = isObject(schema['properties']) && schema['additionalProperties'] === undefined;
  return isNamed || Array.isArray(schema['allOf']) ? { ...parts, unevaluatedProperties: false } : parts;
};

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapValues = (object: object, map: (schema: Schema) => Schema): object =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value as Schema)]));
