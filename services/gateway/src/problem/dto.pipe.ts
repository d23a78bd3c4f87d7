import { BatonError, type FieldError } from '@baton/contracts';
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';

import { YamlBody } from '../http/body-parser.js';

const NOT_DTOS = new Set<unknown>([Object, Array, String, Number, Boolean]);

/** Turns a body or a query string into its DTO, or says field by field why it is none. */
@Injectable()
export class DtoPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || !metatype || NOT_DTOS.has(metatype)) return value;
    if (metatype === YamlBody) return requireYaml(value);
    if (value instanceof YamlBody)
      throw new BatonError('unsupported-media-type', 'The body must be application/json');
    const plain = type === 'query' ? withoutEmpty(value) : (value ?? {});
    if (typeof plain !== 'object' || plain === null || Array.isArray(plain))
      throw invalid(type, [{ path: '$', message: 'must be an object' }]);
    const dto = plainToInstance(metatype, plain, { exposeUnsetFields: false }) as object;
    const problems = validateSync(dto, { whitelist: true, stopAtFirstError: true });
    if (problems.length > 0) throw invalid(type, toFieldErrors(problems));
    return dto;
  }
}

const requireYaml = (value: unknown): YamlBody => {
  if (value instanceof YamlBody) return value;
  if (value === undefined) throw invalid('body', [{ path: '$', message: 'must be a YAML document' }]);
  throw new BatonError('unsupported-media-type', 'The body must be application/yaml');
};

/** `?state=` asks for nothing. */
const withoutEmpty = (query: unknown): unknown =>
  Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== ''));

const invalid = (part: string, errors: FieldError[]): BatonError =>
  new BatonError('validation-failed', `The ${part} is not valid`, { errors });

/** class-validator's tree as api.md's list; `path` is dotted. */
export const toFieldErrors = (problems: readonly ValidationError[], parent = ''): FieldError[] =>
  problems.flatMap((problem) => {
    const path = parent === '' ? problem.property : `${parent}.${problem.property}`;
    const own = Object.values(problem.constraints ?? {}).map((message) => ({
      path,
      message: withoutName(message, problem.property),
    }));
    return [...own, ...toFieldErrors(problem.children ?? [], path)];
  });

/** `limit must be …` → `must be …`: the path says whose it is. */
const withoutName = (message: string, name: string): string =>
  message.startsWith(`${name} `)
    ? message.slice(name.length + 1)
    : message.replace(`each value in ${name} `, 'each value ');
