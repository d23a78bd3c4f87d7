import type { FieldError } from '@baton/contracts';
import { boundedRegExp } from '@baton/service';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

import { fieldErrors } from '../workflow/json-schema.js';

type Schema = Readonly<Record<string, unknown>>;

/** Schemas of tools come from strangers too: a keyword or format that we do not know says nothing, and is no fault. */
const ajv = new Ajv2020({
  allErrors: true,
  strict: false,
  unicodeRegExp: false,
  addUsedSchema: false,
  logger: false,
  code: { regExp: boundedRegExp },
});
ajvFormats.default(ajv);

const compiled = new WeakMap<object, ValidateFunction>();

/** Why no arguments can be held against a schema; undefined where they can. */
export const toolSchemaFault = (schema: Schema): string | undefined => {
  try {
    validatorOf(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** How arguments break the schema of their tool; empty where they do not. */
export const argumentFaults = (schema: Schema, args: unknown): FieldError[] => {
  const check = validatorOf(schema);
  return check(args) ? [] : fieldErrors(check.errors ?? [], '');
};

const validatorOf = (schema: Schema): ValidateFunction => {
  const known = compiled.get(schema);
  if (known) return known;
  const check = ajv.compile(schema);
  // ajv keeps every schema it ever saw; lists of tools change for months.
  ajv.removeSchema(schema);
  compiled.set(schema, check);
  return check;
};
