import { RequiredSkills } from '@baton/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

/**
 * The fields of what comes in and goes out, each rule said once: every decorator here carries the
 * validation (class-validator) and its description in the OpenAPI document together, so the two
 * cannot drift apart.
 */
export interface FieldOptions {
  readonly description?: string;
  readonly example?: unknown;
  /** May be absent; `null` is refused unless `nullable` says otherwise. */
  readonly optional?: boolean;
  readonly nullable?: boolean;
}

type Schema = Record<string, unknown>;

const field = (options: FieldOptions, schema: Schema, rules: PropertyDecorator[]): PropertyDecorator => {
  const { description, example, optional = false, nullable = false } = options;
  const documented = {
    required: !optional,
    ...(nullable && { nullable: true }),
    ...(description !== undefined && { description }),
    ...(example !== undefined && { example }),
    ...schema,
  } as ApiPropertyOptions;
  const skipped =
    optional || nullable
      ? [ValidateIf((_, value) => !(optional && value === undefined) && !(nullable && value === null))]
      : [];
  return applyDecorators(ApiProperty(documented), ...skipped, ...rules);
};

export interface TextOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  /** More than white space. */
  readonly notBlank?: boolean;
  readonly format?: string;
}

const notBlank = (): PropertyDecorator =>
  ValidateBy({
    name: 'notBlank',
    validator: {
      validate: (value) => typeof value === 'string' && value.trim() !== '',
      defaultMessage: () => 'must hold more than white space',
    },
  });

export const Text = (options: TextOptions = {}): PropertyDecorator => {
  const { min, max, pattern, format } = options;
  return field(
    options,
    {
      type: 'string',
      ...(min !== undefined && { minLength: min }),
      ...(max !== undefined && { maxLength: max }),
      ...(pattern && { pattern: pattern.source }),
      ...(format !== undefined && { format }),
    },
    [
      IsString(),
      ...(min === undefined ? [] : [MinLength(min)]),
      ...(max === undefined ? [] : [MaxLength(max)]),
      ...(pattern ? [Matches(pattern, { message: `must match ${pattern.source}` })] : []),
      ...(options.notBlank ? [notBlank()] : []),
    ],
  );
};

export const Email = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: 'string', format: 'email', maxLength: 320 }, [IsEmail(), MaxLength(320)]);

export const DateTime = (options: FieldOptions = {}): PropertyDecorator =>
  field({ example: '2026-11-22T10:00:00.000Z', ...options }, { type: 'string', format: 'date-time' }, [
    IsString(),
  ]);

/** A decimal string in USD, unrounded. */
export const MoneyField = (options: FieldOptions = {}): PropertyDecorator =>
  Text({ description: 'USD, unrounded', example: '0.0000135', pattern: /^\d+(\.\d+)?$/, ...options });

export const OneOf = (values: readonly string[], options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: 'string', enum: [...values] }, [
    IsIn(values, { message: `must be one of ${values.join(', ')}` }),
  ]);

export interface NumberOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
}

const range = ({ min, max }: NumberOptions): { schema: Schema; rules: PropertyDecorator[] } => ({
  schema: { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) },
  rules: [...(min === undefined ? [] : [Min(min)]), ...(max === undefined ? [] : [Max(max)])],
});

export const Int = (options: NumberOptions = {}): PropertyDecorator => {
  const { schema, rules } = range(options);
  return field(options, { type: 'integer', ...schema }, [IsInt(), ...rules]);
};

export const Decimal = (options: NumberOptions = {}): PropertyDecorator => {
  const { schema, rules } = range(options);
  return field(options, { type: 'number', ...schema }, [IsNumber(), ...rules]);
};

/** An integer in a query string; anything but digits stays text and is refused as one. */
export const QueryInt = (options: NumberOptions & { readonly default?: number } = {}): PropertyDecorator => {
  const { schema, rules } = range(options);
  const documented = options.default === undefined ? schema : { ...schema, default: options.default };
  return field({ optional: true, ...options }, { type: 'integer', ...documented }, [
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    ),
    IsInt(),
    ...rules,
  ]);
};

export const Flag = (options: FieldOptions & { readonly default?: boolean } = {}): PropertyDecorator =>
  field(options, { type: 'boolean', ...(options.default !== undefined && { default: options.default }) }, [
    IsBoolean(),
  ]);

const isPlainObject = (): PropertyDecorator => IsObject({ message: 'must be an object' });

/** Any JSON object. */
export const JsonObject = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: 'object', additionalProperties: true }, [isPlainObject()]);

/** Any JSON value. */
export const JsonValue = (options: FieldOptions = {}): PropertyDecorator =>
  field(
    { ...options, nullable: true },
    {
      oneOf: [
        { type: 'object', additionalProperties: true },
        { type: 'array', items: {} },
        { type: 'string' },
        { type: 'number' },
        { type: 'boolean' },
      ],
    },
    [],
  );

// Swagger takes a function for a lazy type only where its name is `type`.
export const Nested = (type: () => new () => object, options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: () => type() }, [isPlainObject(), ValidateNested(), Type(type)]);

export const ListOf = (type: () => new () => object, options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: () => type(), isArray: true }, [
    IsArray(),
    ValidateNested({ each: true }),
    Type(type),
  ]);

export const ListOfText = (
  options: FieldOptions & { readonly of?: readonly string[] } = {},
): PropertyDecorator =>
  field(
    options,
    {
      type: 'array',
      items: { type: 'string', ...(options.of && { enum: [...options.of] }) },
      ...(options.of && { uniqueItems: true }),
    },
    [
      IsArray(),
      ...(options.of
        ? [
            IsIn(options.of, { each: true, message: `must hold only ${options.of.join(', ')}` }),
            ArrayUnique(),
            ArrayMaxSize(options.of.length),
          ]
        : [IsString({ each: true })]),
    ],
  );

/** `{"billing": 2}`: skill → level. */
export const SkillMap = (options: FieldOptions = {}): PropertyDecorator =>
  field(
    { example: { billing: 2 }, ...options },
    { type: 'object', additionalProperties: { type: 'integer', minimum: 1, maximum: 5 } },
    [
      ValidateBy({
        name: 'skillMap',
        validator: {
          validate: (value) => RequiredSkills.safeParse(value).success,
          defaultMessage: () => 'must be a map from skill to a level of 1 to 5',
        },
      }),
    ],
  );
