import { BatonError, type FieldError } from '@baton/contracts';
import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';

import { readDto, REFUSED } from '../dto/read-dto.js';
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
    const dto = readDto(metatype as Type<object>, plain);
    if (dto === REFUSED) throw invalid(type, whyRefused(metatype as Type<object>, plain));
    return dto;
  }
}

/** The words of class-validator on what the rules refused. */
export const whyRefused = (type: Type<object>, plain: object): FieldError[] => {
  const dto = plainToInstance(type, plain, { exposeUnsetFields: false });
  return toFieldErrors(validateSync(dto, { whitelist: true, stopAtFirstError: true }));
};

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
const toFieldErrors = (problems: readonly ValidationError[], parent = ''): FieldError[] =>
  problems.flatMap((problem) => {
    const path = parent === '' ? problem.property : `${parent}.${problem.property}`;
    const own = Object.entries(problem.constraints ?? {}).map(([rule, message]) => ({
      path,
      // Its own rule, where our decorators have none: a nested value that is no object.
      message: rule === 'nestedValidation' ? 'must be an object' : message,
    }));
    return [...own, ...toFieldErrors(problem.children ?? [], path)];
  });
