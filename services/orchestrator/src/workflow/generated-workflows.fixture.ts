import { Ajv2020 } from 'ajv/dist/2020.js';
import { isMap, isSeq, LineCounter, parseDocument, type Node, stringify } from 'yaml';

type Path = readonly (string | number)[];

/** The part of JSON Schema that the schema of workflow files uses. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** A file with one thing wrong, and the line at which that must be told. */
export interface GeneratedWorkflow {
  readonly because: string;
  readonly yaml: string;
  readonly line: number;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const known = new Map<Schema, (value: unknown) => boolean>();
const takes = (schema: Schema, value: unknown): boolean => {
  const check = known.get(schema) ?? ajv.compile(schema);
  known.set(schema, check);
  return check(value);
};

const UNKNOWN_KEY = 'zzz';

/** One file for each rule of the schema that the good file meets: the rule broken, the rest as it was. */
export const breakEveryRule = (good: unknown, schema: Schema): GeneratedWorkflow[] => {
  const files: GeneratedWorkflow[] = [];
  const put = (because: string, path: Path, change: Change, place: Path): void => {
    const yaml = stringify(changed(good, path, change), { lineWidth: 0, aliasDuplicateObjects: false });
    const where = path.length === 0 ? 'the file' : path.join('.');
    files.push({ because: `${where}: ${because}`, yaml, line: lineOf(yaml, place) });
  };
  const visit = (value: unknown, union: Schema, path: Path): void => {
    for (const [because, wrong] of wrongValues(variantOf(union, value)))
      if (!takes(union, wrong)) put(because, path, { kind: 'replace', value: wrong }, path);
    const own = variantOf(union, value);
    if (Array.isArray(value)) {
      value.forEach((item, index) => visit(item, own.items ?? {}, [...path, index]));
    } else if (typeof value === 'object' && value !== null) {
      if (own.additionalProperties === false)
        put('a key that nobody knows', path, { kind: 'add' }, [...path, UNKNOWN_KEY]);
      for (const key of own.required ?? []) put(`no ${key}`, [...path, key], { kind: 'remove' }, path);
      for (const [key, child] of Object.entries(value)) {
        const more = typeof own.additionalProperties === 'object' ? own.additionalProperties : {};
        visit(child, own.properties?.[key] ?? more, [...path, key]);
      }
    }
  };
  visit(good, schema, []);
  return files;
};

type Change =
  | { readonly kind: 'replace'; readonly value: unknown }
  | { readonly kind: 'add' }
  | { readonly kind: 'remove' };

/** Of a union the part that a good value meets. */
const variantOf = (schema: Schema, value: unknown): Schema => {
  const variants = schema.anyOf ?? schema.oneOf;
  if (!variants) return schema;
  const own = variants.find((variant) => takes(variant, value));
  if (!own) throw new Error(`The good file is not good: ${JSON.stringify(value)}`);
  return variantOf(own, value);
};

const wrongValues = (schema: Schema): (readonly [string, unknown])[] => {
  const { type, minimum, maximum, minItems, pattern } = schema;
  const wrong: (readonly [string, unknown])[] = [];
  if (schema.enum || schema.const !== undefined) wrong.push(['a word that is none of those', 'nonsense']);
  if (type !== undefined) wrong.push(['another type', type === 'string' ? 42 : 'many words']);
  if (type === 'object' || type === 'array') wrong.push(['a number', 5]);
  if (pattern !== undefined) wrong.push(['text of another form', '¿?']);
  if (minimum !== undefined) wrong.push(['too little', minimum - 1]);
  if (maximum !== undefined) wrong.push(['too much', maximum + 1]);
  if (type === 'integer') wrong.push(['a fraction', (minimum ?? 0) + 0.5]);
  if (minItems !== undefined) wrong.push(['nothing in it', []]);
  return wrong;
};

const changed = (good: unknown, path: Path, change: Change): unknown => {
  const copy = structuredClone(good) as Record<string | number, unknown>;
  if (path.length === 0) {
    if (change.kind === 'replace') return change.value;
    copy[UNKNOWN_KEY] = 1;
    return copy;
  }
  const at = (steps: Path) =>
    steps.reduce<Record<string | number, unknown>>(
      (part, step) => part[step] as Record<string | number, unknown>,
      copy,
    );
  const last = path.at(-1) as string | number;
  if (change.kind === 'add') at(path)[UNKNOWN_KEY] = 1;
  else if (change.kind === 'remove') delete at(path.slice(0, -1))[last];
  else at(path.slice(0, -1))[last] = change.value;
  return copy;
};

/** The line of the key at a path, of the item where it is one of a list; the first for the whole file. */
const lineOf = (yaml: string, path: Path): number => {
  const lines = new LineCounter();
  let node = parseDocument(yaml, { lineCounter: lines }).contents as Node | null;
  let offset = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === String(step));
      offset = (pair?.key as Node).range?.[0] ?? 0;
      node = pair?.value as Node | null;
    } else if (isSeq(node)) {
      node = node.items[step as number] as Node;
      offset = node.range?.[0] ?? 0;
    }
  }
  return lines.linePos(offset).line;
};
