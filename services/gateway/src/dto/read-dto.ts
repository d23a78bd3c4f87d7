import type { Type } from '@nestjs/common';

import { type FieldRule, rulesOf } from './field-rules.js';

/** What a value that breaks a rule reads as. */
export const REFUSED = Symbol('refused');

type Read<T> = T | typeof REFUSED;

/**
 * Reads a DTO by its rules alone: its known fields where all of them hold, else `REFUSED`, without a word on why.
 * class-validator, which has the words, takes 140 µs for a message where this takes 2; it is asked when this refuses.
 */
export const readDto = <T extends object>(type: Type<T>, plain: object): Read<T> => {
  const dto = new type() as Record<string, unknown>;
  for (const rule of rulesOf(type)) {
    const value = readField(rule, Object.hasOwn(plain, rule.name) ? (plain as never)[rule.name] : undefined);
    if (value === REFUSED) return REFUSED;
    if (value === undefined) delete dto[rule.name];
    else dto[rule.name] = value;
  }
  return dto as T;
};

const readField = (rule: FieldRule, given: unknown): unknown => {
  const value = rule.parse ? rule.parse(given) : given;
  if (value === undefined) return rule.optional ? undefined : REFUSED;
  if (value === null) return rule.nullable ? null : REFUSED;
  for (const check of rule.checks) if (!check.test(value)) return REFUSED;
  if (!rule.nested) return value;
  const type = rule.nested.type();
  if (!rule.nested.isList) return readDto(type, value);
  const items: unknown[] = [];
  for (const item of value as unknown[]) {
    const read = typeof item === 'object' && item !== null ? readDto(type, item) : REFUSED;
    if (read === REFUSED) return REFUSED;
    items.push(read);
  }
  return items;
};
