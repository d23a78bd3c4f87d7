import { wordsOfName } from '../plan-words.js';

type Schema = Readonly<Record<string, unknown>>;
type Kind = 'text' | 'choice' | 'number' | 'integer' | 'flag' | 'json';

/** How one argument is edited: by what the tool's schema says of it, else by what it is. */
export interface ArgumentField {
  readonly name: string;
  readonly label: string;
  readonly hint: string | null;
  readonly kind: Kind;
  readonly isRequired: boolean;
  /** May be null: an empty field is. */
  readonly isNullable: boolean;
  readonly choices: readonly string[];
  readonly min: number | null;
  readonly max: number | null;
  readonly pattern: string | null;
}

/** What stands in the fields: text, until it is read back in its type. */
export type FieldTexts = Readonly<Record<string, string>>;

export type Mistake = 'required' | 'number' | 'integer' | 'min' | 'max' | 'pattern' | 'json';

export interface ReadArguments {
  readonly args: Readonly<Record<string, unknown>>;
  readonly mistakes: Readonly<Record<string, Mistake>>;
}

/** The fields of a call; null where it has no arguments by name, and is edited as JSON. */
export const fieldsOf = (schema: Schema | undefined, args: unknown): readonly ArgumentField[] | null => {
  if (!isObject(args)) return null;
  const properties = isObject(schema?.['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema?.['required']) ? (schema['required'] as unknown[]) : [];
  const names = [...new Set([...Object.keys(properties), ...Object.keys(args)])];
  return names.map((name) => {
    const own = properties[name];
    return fieldOf(name, isObject(own) ? own : typeSchema(args[name]), required.includes(name));
  });
};

export const textsOf = (fields: readonly ArgumentField[], args: unknown): FieldTexts =>
  Object.fromEntries(fields.map((field) => [field.name, textOf(field, (args as Schema)[field.name])]));

/** Each field in its own type: a number stays one. What is empty and not needed is left out. */
export const readArguments = (fields: readonly ArgumentField[], texts: FieldTexts): ReadArguments => {
  const args: Record<string, unknown> = {};
  const mistakes: Record<string, Mistake> = {};
  for (const field of fields) {
    const text = texts[field.name] ?? '';
    if (text === '') {
      if (field.kind === 'flag' && field.isRequired) args[field.name] = false;
      else if (field.isNullable) args[field.name] = null;
      else if (field.isRequired && field.kind === 'text' && field.pattern === null) args[field.name] = '';
      else if (field.isRequired) mistakes[field.name] = 'required';
      continue;
    }
    const read = readField(field, text);
    if (typeof read === 'string') mistakes[field.name] = read;
    else args[field.name] = read.value;
  }
  return { args, mistakes };
};

const fieldOf = (name: string, schema: Schema, isRequired: boolean): ArgumentField => {
  const types = [schema['type']].flat();
  const choices = Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : [];
  const number = (key: string): number | null => {
    const value = schema[key];
    return typeof value === 'number' ? value : null;
  };
  const { description, pattern } = schema;
  return {
    name,
    label: wordsOfName(name),
    hint: typeof description === 'string' ? description : null,
    kind: kindOf(types, choices),
    isRequired,
    isNullable: types.includes('null'),
    choices: choices.filter((choice) => typeof choice === 'string'),
    min: number('minimum'),
    max: number('maximum'),
    pattern: typeof pattern === 'string' ? pattern : null,
  };
};

const kindOf = (types: readonly unknown[], choices: readonly unknown[]): Kind => {
  const kinds = types.filter((type) => type !== 'null');
  if (choices.length > 0) return choices.every((choice) => typeof choice === 'string') ? 'choice' : 'json';
  if (kinds.length !== 1) return 'json';
  switch (kinds[0]) {
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    case 'integer':
      return 'integer';
    case 'boolean':
      return 'flag';
    default:
      return 'json';
  }
};

const typeSchema = (value: unknown): Schema => {
  if (typeof value === 'string') return { type: 'string' };
  if (typeof value === 'number') return { type: 'number' };
  return typeof value === 'boolean' ? { type: 'boolean' } : {};
};

const textOf = ({ kind }: ArgumentField, value: unknown): string => {
  if (value === undefined) return '';
  if (kind === 'json') return JSON.stringify(value, null, 2);
  // What the schema does not expect is shown as it is, and refused when it is read back.
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const NUMBER = /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

const readField = (field: ArgumentField, text: string): { readonly value: unknown } | Mistake => {
  switch (field.kind) {
    case 'flag':
      return { value: text === 'true' };
    case 'number':
    case 'integer':
      return readNumber(field, text.trim());
    case 'json':
      try {
        return { value: JSON.parse(text) as unknown };
      } catch {
        return 'json';
      }
    case 'choice':
      return { value: text };
    case 'text':
      return field.pattern === null || fits(field.pattern, text) ? { value: text } : 'pattern';
    default:
      return field.kind satisfies never;
  }
};

const readNumber = (
  { kind, min, max }: ArgumentField,
  text: string,
): { readonly value: number } | Mistake => {
  const value = Number(text);
  if (!NUMBER.test(text) || !Number.isFinite(value)) return 'number';
  if (kind === 'integer' && !Number.isInteger(value)) return 'integer';
  if (min !== null && value < min) return 'min';
  return max !== null && value > max ? 'max' : { value };
};

/** A pattern that this browser cannot read holds nobody up: the server checks it. */
const fits = (pattern: string, text: string): boolean => {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true;
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
