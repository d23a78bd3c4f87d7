import type { RiskTier } from '@baton/contracts';
import { isSafeMethod } from '@baton/service';

import { foreignSchema, isObject, type JsonObject } from '../source/foreign-schema.js';
import { describedAs, ownName } from '../source/tool-naming.js';
import type { IdempotencyPolicy } from '../tool.js';
import { EmbeddedSchemas } from './embedded-schemas.js';
import type { OpenApiDocument } from './openapi-document.js';
import type { Parameter, ParameterPlace } from './serialize-parameter.js';

export type BodyFormat = 'json' | 'form' | 'multipart' | 'text';

/** One operation of a document, ready to be called. */
export interface Operation {
  /** Without the source. */
  readonly name: string;
  /** `GET /pets/{petId}` */
  readonly title: string;
  readonly description: string;
  readonly method: string;
  /** With `{name}` where parameters go. */
  readonly path: string;
  /** Of the path or the operation, where it has its own. */
  readonly server: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly format: BodyFormat; readonly mediaType: string } | null;
  readonly inputSchema: JsonObject;
}

export interface ReadOperations {
  readonly operations: readonly Operation[];
  /** Which of them can't be used, and why. */
  readonly refused: readonly { readonly title: string; readonly why: string }[];
}

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'] as const;

/** What the request itself sets, by the specification or by ours. */
const NOT_PARAMETERS =
  /^(accept|content-type|authorization|idempotency-key|host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|accept-encoding|cookie|proxy-.*)$/i;

/** The argument that is the body. */
export const BODY = 'body';

/** @throws Error where two operations would have one name */
export const readOperations = (document: OpenApiDocument): ReadOperations => {
  const operations: Operation[] = [];
  const refused: { title: string; why: string }[] = [];
  for (const [path, pathItem] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const title = `${method.toUpperCase()} ${path}`;
      try {
        const item = document.resolve(pathItem);
        const operation = document.resolve(item?.[method]);
        if (item && operation) operations.push(readOperation(document, path, method, item, operation));
      } catch (error) {
        refused.push({ title, why: (error as Error).message });
      }
    }
  }
  const seen = new Map<string, string>();
  for (const { name, title } of operations) {
    const twin = seen.get(name);
    if (twin !== undefined) throw new Error(`${twin} and ${title} would both be called "${name}"`);
    seen.set(name, title);
  }
  return { operations, refused };
};

const readOperation = (
  document: OpenApiDocument,
  path: string,
  method: string,
  item: JsonObject,
  operation: JsonObject,
): Operation => {
  const schemas = new EmbeddedSchemas(document);
  const parameters = named(readParameters(document, item, operation));
  const body = readBody(document, operation['requestBody']);
  const properties: Record<string, unknown> = {};
  const required: string[] = [];
  for (const { argument, schema, description, isRequired } of parameters) {
    properties[argument] = withDescription(schemas.embed(schema), description);
    if (isRequired) required.push(argument);
  }
  if (body) {
    properties[BODY] = withDescription(schemas.embed(body.schema), body.description);
    if (body.isRequired) required.push(BODY);
  }
  const { definitions } = schemas;
  const { operationId, summary, description } = operation;
  return {
    name: ownName(textOf(operationId) ?? `${method}_${path}`),
    title: `${method.toUpperCase()} ${path}`,
    description: describedAs(textOf(summary), textOf(description), `${method.toUpperCase()} ${path}`),
    method: method.toUpperCase(),
    path,
    server: document.serverUrl(operation['servers'] ?? item['servers'] ?? []),
    parameters: parameters.map(({ parameter }) => parameter),
    body: body && { format: body.format, mediaType: body.mediaType },
    inputSchema: foreignSchema({
      type: 'object',
      properties,
      required,
      additionalProperties: false,
      ...(Object.keys(definitions).length > 0 && { $defs: definitions }),
    }),
  };
};

/** Reading is LOW, deleting HIGH, everything else MEDIUM, unless the source's file says otherwise. */
export const riskOf = (method: string): RiskTier => {
  if (isSafeMethod(method) || method === 'OPTIONS') return 'LOW';
  return method === 'DELETE' ? 'HIGH' : 'MEDIUM';
};

/** RFC 9110, 9.2: PUT and DELETE may be repeated; whether a POST or PATCH may, only its API knows. */
export const idempotencyOfMethod = (method: string): IdempotencyPolicy => {
  if (isSafeMethod(method) || method === 'OPTIONS') return 'safe';
  return method === 'PUT' || method === 'DELETE' ? 'key' : 'unknown';
};

interface ReadParameter {
  readonly parameter: Omit<Parameter, 'argument'>;
  readonly schema: unknown;
  readonly description: string | undefined;
  readonly isRequired: boolean;
}

const readParameters = (
  document: OpenApiDocument,
  item: JsonObject,
  operation: JsonObject,
): ReadParameter[] => {
  const found = new Map<string, ReadParameter>();
  // The operation's own take the place of the path's.
  for (const part of [...listOf(item['parameters']), ...listOf(operation['parameters'])]) {
    const parameter = document.resolve(part);
    const name = textOf(parameter?.['name']);
    const place = parameter?.['in'];
    if (!parameter || name === undefined || !isPlace(place)) throw new Error('a parameter of it is none');
    if (place === 'header' && NOT_PARAMETERS.test(name)) continue;
    found.set(`${place} ${name}`, readParameter(document, parameter, name, place));
  }
  return [...found.values()];
};

const readParameter = (
  document: OpenApiDocument,
  parameter: JsonObject,
  name: string,
  place: ParameterPlace,
): ReadParameter => {
  const style = textOf(parameter['style']) ?? (place === 'query' || place === 'cookie' ? 'form' : 'simple');
  const [content] = isObject(parameter['content']) ? Object.values(parameter['content']) : [];
  return {
    parameter: {
      name,
      place,
      style: content === undefined ? style : 'json',
      explode: typeof parameter['explode'] === 'boolean' ? parameter['explode'] : style === 'form',
      allowReserved: parameter['allowReserved'] === true,
    },
    schema: (content === undefined ? parameter['schema'] : document.resolve(content)?.['schema']) ?? {},
    description: textOf(parameter['description']),
    isRequired: place === 'path' || parameter['required'] === true,
  };
};

/** Arguments are called as their parameters are, with the place in front where two have one name. */
const named = (parameters: readonly ReadParameter[]) => {
  const count = (name: string): number =>
    parameters.filter(({ parameter }) => parameter.name === name).length;
  return parameters.map(({ parameter, ...rest }) => {
    const { name, place } = parameter;
    const argument = name === BODY || count(name) > 1 ? `${place}_${name}` : name;
    return { ...rest, argument, parameter: { ...parameter, argument } };
  });
};

const readBody = (document: OpenApiDocument, part: unknown) => {
  const body = document.resolve(part);
  if (!body || !isObject(body['content'])) return null;
  const mediaTypes = Object.keys(body['content']);
  for (const [format, pattern] of FORMATS) {
    const mediaType = mediaTypes.find((type) => pattern.test(type));
    if (mediaType === undefined) continue;
    const schema = document.resolve(body['content'][mediaType])?.['schema'];
    return {
      format,
      mediaType: mediaType.includes('*') ? 'application/json' : mediaType,
      schema: schema ?? (format === 'text' ? { type: 'string' } : {}),
      description: textOf(body['description']),
      isRequired: body['required'] === true,
    };
  }
  if (body['required'] !== true) return null;
  throw new Error(`its body is ${mediaTypes.join(' or ')}, which can not be written`);
};

/** In the order in which we would rather speak them. */
const FORMATS: readonly (readonly [BodyFormat, RegExp])[] = [
  ['json', /^(application\/([\w.-]+\+)?json|\*\/\*|application\/\*)\b/i],
  ['form', /^application\/x-www-form-urlencoded\b/i],
  ['multipart', /^multipart\/form-data\b/i],
  ['text', /^text\//i],
];

const withDescription = (schema: unknown, description: string | undefined): unknown =>
  description !== undefined && isObject(schema) && schema['description'] === undefined
    ? { ...schema, description }
    : schema;

const isPlace = (place: unknown): place is ParameterPlace =>
  place === 'path' || place === 'query' || place === 'header' || place === 'cookie';

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
