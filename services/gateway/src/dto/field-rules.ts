import type { Type } from '@nestjs/common';
import { ValidateBy } from 'class-validator';

/** One rule of a field: what it takes, and what is said of what it does not. */
export interface Check {
  readonly name: string;
  readonly test: (value: unknown) => boolean;
  readonly message: string;
}

/** All that is known of a field of a DTO. */
export interface FieldRule {
  readonly name: string;
  readonly optional: boolean;
  readonly nullable: boolean;
  readonly checks: readonly Check[];
  /** A DTO of its own, or a list of them. */
  readonly nested?: { readonly type: () => Type<object>; readonly isList: boolean };
  /** What a text of the query string means; anything it cannot read stays as it is and is refused. */
  readonly parse?: (value: unknown) => unknown;
}

const RULES = Symbol.for('baton.dto.rules');

/** The rules of a class, its parents' first. */
export const rulesOf = (type: Type<object>): readonly FieldRule[] =>
  (Reflect.getMetadata(RULES, type.prototype as object) as FieldRule[] | undefined) ?? [];

export const addRule = (target: object, rule: FieldRule): void => {
  const known = (Reflect.getMetadata(RULES, target) as FieldRule[] | undefined) ?? [];
  Reflect.defineMetadata(RULES, [...known, rule], target);
};

/** The same rule for class-validator, which names the fields of what is refused. */
export const toValidator = ({ name, test, message }: Check): PropertyDecorator =>
  ValidateBy({ name, validator: { validate: test, defaultMessage: () => message } });
