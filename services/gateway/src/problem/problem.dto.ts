import { PROBLEMS, type ProblemCode } from '@baton/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';

import { Int, ListOf, Text } from '../dto/fields.js';

export class FieldErrorDto {
  @Text({ description: 'Dotted path of the field; `$` for the whole', example: 'customer.id' })
  path!: string;

  @Text({ example: 'must be a string' })
  message!: string;

  @Int({ optional: true, description: 'Line in a YAML body' })
  line?: number;

  @Int({ optional: true, description: 'Column in a YAML body' })
  column?: number;
}

/** RFC 9457 problem details. */
export class ProblemDto {
  @Text({ example: 'urn:baton:problem:validation-failed' })
  type!: string;

  @Text()
  title!: string;

  @Int({ example: 400 })
  status!: number;

  @Text()
  detail!: string;

  @Text({ optional: true, description: 'The path of the request it happened in' })
  instance?: string;

  @ListOf(() => FieldErrorDto, { optional: true, description: 'Which fields are not valid' })
  errors?: FieldErrorDto[];

  @Text({ optional: true, description: "The conversation's state, where it is the reason" })
  state?: string;
}

/** Documents the problems a route answers with; codes that share a status share a response. */
export const problems = (...codes: ProblemCode[]): MethodDecorator => {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...[...byStatus].map(([status, ofStatus]) =>
      ApiResponse({
        status,
        description: ofStatus.map((code) => PROBLEMS[code].title).join('; '),
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
      }),
    ),
  );
};
