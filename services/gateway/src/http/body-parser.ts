import { isUtf8 } from 'node:buffer';

import { BatonError } from '@baton/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { badText, findUnstorable } from './storable.js';

export const BODY_LIMIT_BYTES = 1_048_576;

export const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml'];

/** A YAML body as it came; its own class, so that a route never takes one for the other. */
export class YamlBody {
  constructor(readonly text: string) {}
}

const decodeUtf8 = (bytes: Buffer): string => {
  if (!isUtf8(bytes)) throw new BatonError('malformed-json', 'The body is not valid UTF-8');
  return bytes.toString('utf8');
};

/** An empty body is no body: what must be there is said by the route's own validation. */
export const parseJsonBody = (bytes: Buffer): unknown => {
  const text = decodeUtf8(bytes);
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BatonError('malformed-json', 'The body is not valid JSON', { cause });
  }
  const problem = findUnstorable(value);
  if (problem) throw new BatonError('validation-failed', 'The body is not valid', { errors: [problem] });
  return value;
};

export const parseYamlBody = (bytes: Buffer): YamlBody => {
  const text = decodeUtf8(bytes);
  const problem = badText(text, '');
  if (problem) throw new BatonError('validation-failed', 'The body is not valid', { errors: [problem] });
  return new YamlBody(text);
};

const refuseForm = (): never => {
  throw new BatonError('unsupported-media-type', 'The body must be application/json');
};

/** JSON and YAML, nothing else; must run before `app.init()`, which would add Nest's own parsers. */
export const useBodyParsers = (app: NestFastifyApplication): void => {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  const limit = { bodyLimit: BODY_LIMIT_BYTES };
  app.useBodyParser('application/json', limit, (_request, body: Buffer, done) =>
    done(null, parseJsonBody(body)),
  );
  app.useBodyParser('application/x-www-form-urlencoded', limit, () => refuseForm());
  for (const type of YAML_TYPES) {
    app.useBodyParser(type, limit, (_request, body: Buffer, done) => done(null, parseYamlBody(body)));
  }
};
