import type { FieldError } from '@baton/contracts';
import { boundedRegExp } from '@baton/service';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

import type { Path } from './file/yaml-source.js';
import type { JsonSchemaObject } from './workflow.js';

/** A fault in a JSON Schema, and where in it. */
export interface SchemaFault {
  readonly path: Path;
  readonly message: string;
}

const ajv = new Ajv2020({
  allErrors: true,
  // A keyword nobody knows is a typing mistake; how types are combined is the author's business.
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  addUsedSchema: false,
  logger: false,
  code: { regExp: boundedRegExp },
});
ajvFormats.default(ajv);
// Says nothing of what is valid, and is often there.
ajv.addVocabulary(['example']);

const compiled = new WeakMap<object, ValidateFunction>();

/** What is wrong with a schema; empty for one that compiles. */
export const schemaFaults = (schema: JsonSchemaObject): SchemaFault[] => {
  if (!ajv.validateSchema(schema)) {
    return distinct(
      (ajv.errors ?? []).map((error) => ({
        path: pointerPath(error.instancePath),
        message: error.message ?? 'is not a JSON Schema',
      })),
    );
  }
  try {
    validatorOf(schema);
    return [];
  } catch (error) {
    return [{ path: [], message: error instanceof Error ? error.message : String(error) }];
  }
};

/** How a value breaks a schema that compiles; empty where it does not. `root` names the value in the paths. */
export const validate = (schema: JsonSchemaObject, value: unknown, root: string): FieldError[] => {
  const check = validatorOf(schema);
  if (check(value)) return [];
  return fieldErrors(check.errors ?? [], root);
};

/** ajv's errors in our words; `root` names the value in the paths. */
export const fieldErrors = (errors: readonly ErrorObject[], root: string): FieldError[] =>
  errors.map((error) => ({
    path: [root, ...pointerPath(error.instancePath), ...extraPath(error)]
      .filter((part) => part !== '')
      .join('.'),
    message: messageOf(error),
  }));

const validatorOf = (schema: JsonSchemaObject): ValidateFunction => {
  const known = compiled.get(schema);
  if (known) return known;
  const check = ajv.compile(schema);
  // ajv keeps every schema it ever saw; a service that reloads workflows for months must not.
  ajv.removeSchema(schema);
  compiled.set(schema, check);
  return check;
};

const pointerPath = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));

const extraPath = ({ keyword, params }: ErrorObject): string[] => {
  if (keyword === 'required') return [String((params as { missingProperty: unknown }).missingProperty)];
  if (keyword === 'additionalProperties')
    return [String((params as { additionalProperty: unknown }).additionalProperty)];
  return [];
};

const messageOf = (error: ErrorObject): string => {
  if (error.keyword === 'required') return 'is required';
  if (error.keyword === 'additionalProperties') return 'is not known';
  if (error.keyword === 'enum')
    return `must be one of ${(error.params as { allowedValues: unknown[] }).allowedValues.map((value) => JSON.stringify(value)).join(', ')}`;
  return error.message ?? 'is not valid';
};

/** ajv tells every branch of the meta-schema that failed; the first of each place is the one to mend. */
const distinct = (faults: SchemaFault[]): SchemaFault[] => {
  const seen = new Set<string>();
  return faults.filter(({ path }) => {
    const key = path.join('/');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};
