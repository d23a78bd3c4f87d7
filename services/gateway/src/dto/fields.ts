import { codePoints, hasAtMost, RequiredSkills } from '@baton/contracts';
import { applyDecorators, type Type as NestType } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { isEmail, isInt, isNumber, ValidateIf, ValidateNested } from 'class-validator';

import { addRule, type Check, type FieldRule, toValidator } from './field-rules.js';

/**
 * The fields of what comes in and goes out. Each decorator says a rule once and gives it to all who need it: to
 * class-validator, to the quick reader of `read-dto.ts`, and as a description to the OpenAPI document.
 */
export interface FieldOptions {
  readonly description?: string;
  readonly example?: unknown;
  /** May be absent; `null` is refused unless `nullable` says otherwise. */
  readonly optional?: boolean;
  readonly nullable?: boolean;
}

type Schema = Record<string, unknown>;

interface FieldParts {
  readonly schema: Schema;
  readonly checks?: readonly Check[];
  readonly nested?: NonNullable<FieldRule['nested']>;
  readonly parse?: NonNullable<FieldRule['parse']>;
}

const field = (options: FieldOptions, parts: FieldParts): PropertyDecorator => {
  const { description, example, optional = false, nullable = false } = options;
  const { schema, checks = [], nested, parse } = parts;
  const documented = {
    required: !optional,
    ...(nullable && { nullable: true }),
    ...(description !== undefined && { description }),
    ...(example !== undefined && { example }),
    ...schema,
  } as ApiPropertyOptions;
  const isLeftOut = (value: unknown): boolean =>
    (optional && value === undefined) || (nullable && value === null);
  return applyDecorators(
    ApiProperty(documented),
    (target: object, name: string | symbol) =>
      addRule(target, {
        name: String(name),
        optional,
        nullable,
        checks,
        ...(nested && { nested }),
        ...(parse && { parse }),
      }),
    ...(optional || nullable ? [ValidateIf((_, value) => !isLeftOut(value))] : []),
    ...checks.map(toValidator),
    ...(nested ? [ValidateNested({ each: nested.isList }), Type(nested.type)] : []),
    ...(parse ? [Transform(({ value }: { value: unknown }) => parse(value))] : []),
  );
};

const isText = (value: unknown): value is string => typeof value === 'string';

const aText: Check = { name: 'text', test: isText, message: 'must be a text' };
const anObject: Check = {
  name: 'object',
  test: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  message: 'must be an object',
};
const aList: Check = { name: 'list', test: Array.isArray, message: 'must be a list' };
const notBlank: Check = {
  name: 'notBlank',
  test: (value) => isText(value) && value.trim() !== '',
  message: 'must hold more than white space',
};
const atLeast = (min: number): Check => ({
  name: 'minLength',
  test: (value) => isText(value) && value.length >= min && codePoints(value.slice(0, 2 * min)) >= min,
  message: `must have at least ${min} characters`,
});
const atMost = (max: number): Check => ({
  name: 'maxLength',
  test: (value) => isText(value) && hasAtMost(value, max),
  message: `must have at most ${max} characters`,
});
const matching = (pattern: RegExp): Check => ({
  name: 'pattern',
  test: (value) => isText(value) && pattern.test(value),
  message: `must match ${pattern.source}`,
});

export interface TextOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  /** More than white space. */
  readonly notBlank?: boolean;
}

export const Text = (options: TextOptions = {}): PropertyDecorator => {
  const { min, max, pattern } = options;
  return field(options, {
    schema: {
      type: 'string',
      ...(min !== undefined && { minLength: min }),
      ...(max !== undefined && { maxLength: max }),
      ...(pattern && { pattern: pattern.source }),
    },
    checks: [
      aText,
      ...(min === undefined ? [] : [atLeast(min)]),
      ...(max === undefined ? [] : [atMost(max)]),
      ...(pattern ? [matching(pattern)] : []),
      ...(options.notBlank ? [notBlank] : []),
    ],
  });
};

export const Email = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, {
    schema: { type: 'string', format: 'email', maxLength: 320 },
    checks: [aText, atMost(320), { name: 'email', test: isEmail, message: 'must be an e-mail address' }],
  });

export const DateTime = (options: FieldOptions = {}): PropertyDecorator =>
  field(
    { example: '2026-11-22T10:00:00.000Z', ...options },
    { schema: { type: 'string', format: 'date-time' }, checks: [aText] },
  );

/** A decimal string in USD, unrounded. */
export const MoneyField = (options: FieldOptions = {}): PropertyDecorator =>
  Text({ description: 'USD, unrounded', example: '0.0000135', pattern: /^\d+(\.\d+)?$/, ...options });

export const OneOf = (values: readonly string[], options: FieldOptions = {}): PropertyDecorator => {
  const known: ReadonlySet<unknown> = new Set(values);
  const message = `must be one of ${values.join(', ')}`;
  return field(options, {
    schema: { type: 'string', enum: [...values] },
    checks: [{ name: 'oneOf', test: (value) => known.has(value), message }],
  });
};

export interface NumberOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
}

const range = ({ min, max }: NumberOptions): FieldParts => ({
  schema: { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) },
  checks: [
    ...(min === undefined
      ? []
      : [
          {
            name: 'min',
            test: (value: unknown) => (value as number) >= min,
            message: `must be at least ${min}`,
          },
        ]),
    ...(max === undefined
      ? []
      : [
          {
            name: 'max',
            test: (value: unknown) => (value as number) <= max,
            message: `must be at most ${max}`,
          },
        ]),
  ],
});

const aNumber: Check = { name: 'number', test: (value) => isNumber(value), message: 'must be a number' };
const aWholeNumber: Check = { name: 'int', test: isInt, message: 'must be a whole number' };

export const Int = (options: NumberOptions = {}): PropertyDecorator => {
  const { schema, checks = [] } = range(options);
  return field(options, { schema: { type: 'integer', ...schema }, checks: [aWholeNumber, ...checks] });
};

export const Decimal = (options: NumberOptions = {}): PropertyDecorator => {
  const { schema, checks = [] } = range(options);
  return field(options, { schema: { type: 'number', ...schema }, checks: [aNumber, ...checks] });
};

/** An integer in a query string. */
export const QueryInt = (options: NumberOptions & { readonly default?: number } = {}): PropertyDecorator => {
  const { schema, checks = [] } = range(options);
  return field(
    { optional: true, ...options },
    {
      schema: {
        type: 'integer',
        ...schema,
        ...(options.default !== undefined && { default: options.default }),
      },
      checks: [aWholeNumber, ...checks],
      parse: (value) => (isText(value) && /^\d{1,9}$/.test(value) ? Number(value) : value),
    },
  );
};

export const Flag = (options: FieldOptions & { readonly default?: boolean } = {}): PropertyDecorator =>
  field(options, {
    schema: { type: 'boolean', ...(options.default !== undefined && { default: options.default }) },
    checks: [{ name: 'flag', test: (value) => typeof value === 'boolean', message: 'must be true or false' }],
  });

/** Any JSON object. */
export const JsonObject = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, { schema: { type: 'object', additionalProperties: true }, checks: [anObject] });

/** A text or a JSON object. */
export const TextOrObject = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, {
    schema: { oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }] },
    checks: [
      {
        name: 'textOrObject',
        test: (value) => isText(value) || anObject.test(value),
        message: 'must be a text or an object',
      },
    ],
  });

/** Any JSON value. */
export const JsonValue = (options: FieldOptions = {}): PropertyDecorator =>
  field(
    { ...options, nullable: true },
    {
      schema: {
        oneOf: [
          { type: 'object', additionalProperties: true },
          { type: 'array', items: {} },
          { type: 'string' },
          { type: 'number' },
          { type: 'boolean' },
        ],
      },
    },
  );

// Swagger takes a function for a lazy type only where its name is `type`.
export const Nested = (type: () => NestType<object>, options: FieldOptions = {}): PropertyDecorator =>
  field(options, { schema: { type: () => type() }, checks: [anObject], nested: { type, isList: false } });

export const ListOf = (type: () => NestType<object>, options: FieldOptions = {}): PropertyDecorator =>
  field(options, {
    schema: { type: () => type(), isArray: true },
    checks: [aList],
    nested: { type, isList: true },
  });

export const ListOfText = (
  options: FieldOptions & { readonly of?: readonly string[]; readonly notEmpty?: boolean } = {},
): PropertyDecorator => {
  const known = options.of && new Set<unknown>(options.of);
  const items: Check = known
    ? {
        name: 'items',
        test: (value) => (value as unknown[]).every((item) => known.has(item)),
        message: `must hold only ${[...known].join(', ')}`,
      }
    : { name: 'items', test: (value) => (value as unknown[]).every(isText), message: 'must hold texts only' };
  const unique: Check = {
    name: 'unique',
    test: (value) => new Set(value as unknown[]).size === (value as unknown[]).length,
    message: 'must hold nothing twice',
  };
  const notEmpty: Check = {
    name: 'notEmpty',
    test: (value) => (value as unknown[]).length > 0,
    message: 'must hold at least one',
  };
  return field(options, {
    schema: {
      type: 'array',
      items: { type: 'string', ...(options.of && { enum: [...options.of] }) },
      ...(known && { uniqueItems: true }),
      ...(options.notEmpty && { minItems: 1 }),
    },
    checks: [aList, items, ...(known ? [unique] : []), ...(options.notEmpty ? [notEmpty] : [])],
  });
};

/** `{"billing": 2}`: skill → level. */
export const SkillMap = (options: FieldOptions = {}): PropertyDecorator =>
  field(
    { example: { billing: 2 }, ...options },
    {
      schema: { type: 'object', additionalProperties: { type: 'integer', minimum: 1, maximum: 5 } },
      checks: [
        {
          name: 'skillMap',
          test: (value) => RequiredSkills.safeParse(value).success,
          message: 'must be a map from skill to a level of 1 to 5',
        },
      ],
    },
  );
