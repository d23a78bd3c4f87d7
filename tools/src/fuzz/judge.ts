import { PROBLEMS, type ProblemCode } from '@baton/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import { closed, type Operation, type Schema } from './document.js';
import type { FuzzRequest } from './request.js';
import { type Received, targetOf } from './send.js';

/** What must never leave: our own stack, paths and SQL. */
const INNARDS = [
  /\n\s+at .+[:(]\d+/,
  /node_modules|\/(?:dist|src)\/[a-z-]+\//,
  /QueryFailedError|PostgresError|ECONNREFUSED|violates [a-z-]+ constraint|syntax error at or near/,
];
const PROBLEM = 'application/problem+json';
const PREFIX = 'urn:baton:problem:';

/** Holds answers against what the document says of them. */
export class Judge {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<Schema, ValidateFunction>();
  private readonly byText = new Map<string, ValidateFunction>();

  constructor() {
    (formats as unknown as (ajv: Ajv2020) => void)(this.ajv);
  }

  /** True where the document allows the body. */
  allows({ operation, contentType, json }: FuzzRequest): boolean {
    const schema = operation.bodies[contentType ?? ''];
    return schema !== undefined && this.validator(schema)(json) === true;
  }

  /** Everything that is wrong with an answer; `only` are the statuses that are right, if not all that are documented. */
  faultsOf(request: FuzzRequest, received: Received, only?: readonly number[]): string[] {
    const { status, text, headers } = received;
    const found: string[] = [];
    if (status >= 500 && !isRefusalOfOthers(request.operation, received)) found.push(`status ${status}`);
    const isBelowRouting = status === 400 && String(headers['connection']) === 'close';
    const answers = request.operation.answers.get(status);
    if (answers === undefined && !isBelowRouting) found.push(`status ${status} is not in the document`);
    if (only && !only.includes(status)) found.push(`status ${status} where ${only.join(' or ')} is right`);
    for (const innards of INNARDS)
      if (innards.test(text)) found.push(`says what is inside: ${String(innards)}`);
    for (const id of ['x-request-id', 'traceparent']) if (headers[id] === undefined) found.push(`no ${id}`);
    return [...found, ...(answers ? this.faultsOfBody(request, received, answers) : [])];
  }

  private faultsOfBody(
    request: FuzzRequest,
    { status, headers, text, isCut }: Received,
    answers: Readonly<Record<string, Schema>>,
  ): string[] {
    const types = Object.keys(answers);
    if (types.length === 0) return text === '' ? [] : ['a body where none is documented'];
    const type = String(headers['content-type'] ?? '').split(';', 1)[0] ?? '';
    const schema = answers[type];
    if (!schema) return [`content type '${type}' is not in the document`];
    if (!/[/+]json$/.test(type)) return [];
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return isCut ? [] : ['the body is no JSON'];
    }
    const validate = this.validator(schema, status < 300);
    const found = validate(body)
      ? []
      : (validate.errors ?? []).map(
          ({ instancePath, message, params }) =>
            `breaks its schema at ${instancePath === '' ? '/' : instancePath}: ${message} ${JSON.stringify(params)}`,
        );
    return type === PROBLEM ? [...found, ...faultsOfProblem(request, status, headers, body)] : found;
  }

  /** Compiled once: the same problem is described some hundred times. */
  private validator(schema: Schema, isClosed = false): ValidateFunction {
    const known = this.validators.get(schema);
    if (known) return known;
    const text = `${isClosed} ${JSON.stringify(schema)}`;
    const validate = this.byText.get(text) ?? this.ajv.compile(isClosed ? closed(schema) : schema);
    this.byText.set(text, validate);
    this.validators.set(schema, validate);
    return validate;
  }
}

/** A tool or a model that we asked for the caller failed: documented, and no error of ours. */
const isRefusalOfOthers = ({ answers }: Operation, { status, text }: Received): boolean =>
  status === 502 && answers.has(502) && text.includes('"urn:baton:problem:');

const faultsOfProblem = (
  request: FuzzRequest,
  status: number,
  headers: Received['headers'],
  body: unknown,
): string[] => {
  const problem = body as { type?: string; status?: number; instance?: string };
  const found: string[] = [];
  const code = problem.type?.startsWith(PREFIX) === true ? problem.type.slice(PREFIX.length) : '';
  if (!Object.hasOwn(PROBLEMS, code)) found.push(`problem type '${problem.type}'`);
  else if (PROBLEMS[code as ProblemCode].status !== status)
    found.push(`problem type '${code}' with status ${status}`);
  if (problem.status !== status) found.push(`says status ${problem.status} in ${status}`);
  const path = targetOf(request).split('?', 1)[0];
  if (problem.instance !== path) found.push(`instance '${problem.instance}' for ${path}`);
  if (status === 401 && headers['www-authenticate'] === undefined) found.push('401 without WWW-Authenticate');
  if ((status === 429 || status === 503) && headers['retry-after'] === undefined)
    found.push(`${status} without Retry-After`);
  return found;
};
