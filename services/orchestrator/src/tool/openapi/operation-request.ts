import type { OutboundRequest } from '@baton/service';

import type { Credential } from '../source/credentials.js';
import { isObject } from '../source/foreign-schema.js';
import { type ToolArguments, ToolError } from '../tool.js';
import { BODY, type BodyFormat, type Operation } from './operation.js';
import { inHeader, inPath, inQuery } from './serialize-parameter.js';

export interface OperationRequest {
  readonly url: string;
  readonly request: OutboundRequest;
}

/**
 * The request that an operation's arguments come to.
 * @throws ToolError `invalid-arguments` where a value can not stand where it is to go
 */
export const operationRequest = async (
  operation: Operation,
  server: string,
  args: ToolArguments,
  credential: Credential,
  idempotencyKey: string,
): Promise<OperationRequest> => {
  const given = operation.parameters.filter(({ argument }) => args[argument] !== undefined);
  const headers: Record<string, string> = { accept: 'application/json, text/*;q=0.9, */*;q=0.5' };
  const query: (readonly [string, string])[] = [];
  const cookies: string[] = [];
  let path = operation.path;
  for (const parameter of given) {
    const value = args[parameter.argument];
    if (parameter.place === 'path')
      path = path.replaceAll(`{${parameter.name}}`, () => segment(parameter, value));
    else if (parameter.place === 'query') query.push(...inQuery(parameter, value));
    else if (parameter.place === 'header') headers[parameter.name.toLowerCase()] = inHeader(parameter, value);
    else cookies.push(...inQuery(parameter, value).map(([name, text]) => `${name}=${text}`));
  }
  query.push(
    ...Object.entries(credential.query).map(
      ([name, value]) => [encodeURIComponent(name), encodeURIComponent(value)] as const,
    ),
  );
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ');
  const body = await bodyOf(operation, args[BODY]);
  return {
    url: urlOf(server, path, query),
    request: {
      method: operation.method,
      body: body?.content ?? null,
      headers: {
        ...headers,
        ...(body && { 'content-type': body.mediaType }),
        // For servers that know it: a request that is repeated has the key of the first.
        ...(!['GET', 'HEAD', 'OPTIONS'].includes(operation.method) && { 'idempotency-key': idempotencyKey }),
        ...credential.headers,
      },
    },
  };
};

const segment = (parameter: Parameters<typeof inPath>[0], value: unknown): string => {
  const text = inPath(parameter, value);
  // `..` would climb out of the path that the operation is, however it is written.
  if (/^(\.|%2e){0,2}$/i.test(text) || text.includes('/'))
    throw new ToolError('invalid-arguments', `${parameter.argument} can not be ${JSON.stringify(value)}`);
  return text;
};

const urlOf = (server: string, path: string, query: readonly (readonly [string, string])[]): string => {
  const base = server.replace(/[?#].*$/, '').replace(/\/$/, '');
  const text = query.map(([name, value]) => `${name}=${value}`).join('&');
  return `${base}${path}${text === '' ? '' : `?${text}`}`;
};

const bodyOf = async (
  { body }: Operation,
  value: unknown,
): Promise<{ readonly mediaType: string; readonly content: string | Buffer } | undefined> => {
  if (!body || value === undefined) return undefined;
  return { mediaType: body.mediaType, ...(await WRITERS[body.format](value)) };
};

type Written = { readonly content: string | Buffer; readonly mediaType?: string };

const WRITERS: Readonly<Record<BodyFormat, (value: unknown) => Written | Promise<Written>>> = {
  json: (value) => ({ content: JSON.stringify(value) }),
  text: (value) => ({ content: textOf(value) }),
  form: (value) => {
    const form = new URLSearchParams();
    for (const [name, part] of fieldsOf(value)) form.append(name, part);
    return { content: form.toString() };
  },
  multipart: async (value) => {
    const form = new FormData();
    for (const [name, part] of fieldsOf(value)) form.append(name, part);
    const response = new Response(form);
    return {
      content: Buffer.from(await response.arrayBuffer()),
      // With the boundary.
      mediaType: response.headers.get('content-type') ?? 'multipart/form-data',
    };
  },
};

/** A list is a field that comes again; an object in a field is JSON. */
const fieldsOf = (value: unknown): [string, string][] => {
  if (!isObject(value)) throw new ToolError('invalid-arguments', 'body must be an object');
  return Object.entries(value).flatMap(([name, part]) =>
    (Array.isArray(part) ? (part as unknown[]) : [part]).map((each): [string, string] => [
      name,
      textOf(each),
    ]),
  );
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
