import { isObject } from '../source/foreign-schema.js';
import type { OpenApiDocument } from './openapi-document.js';

/**
 * Schemas of a document in one schema of their own: what they refer to comes along under `$defs`, once each, so that
 * a schema that holds itself stays finite.
 */
export class EmbeddedSchemas {
  private readonly names = new Map<string, string>();
  private readonly defs: Record<string, unknown> = {};

  constructor(private readonly document: OpenApiDocument) {}

  /** Its own references lead to `$defs` from now on. */
  embed(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((part) => this.embed(part));
    if (!isObject(schema)) return schema;
    const result: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(this.withoutReadOnly(schema))) {
      if (key === '$ref' && typeof value === 'string') result[key] = this.reference(value);
      else if (!LITERAL.has(key)) result[key] = this.embed(value);
      else result[key] = value;
    }
    return result;
  }

  get definitions(): Readonly<Record<string, unknown>> {
    return this.defs;
  }

  private reference(pointer: string): string {
    const known = this.names.get(pointer);
    if (known !== undefined) return `#/$defs/${known}`;
    const name = this.freeName(pointer);
    this.names.set(pointer, name);
    this.defs[name] = {};
    this.defs[name] = this.embed(this.document.at(pointer));
    return `#/$defs/${name}`;
  }

  private freeName(pointer: string): string {
    const last = (pointer.split('/').at(-1) ?? '').replaceAll(/[^A-Za-z0-9_.-]/g, '_') || 'schema';
    let name = last;
    for (let number = 2; Object.hasOwn(this.defs, name); number += 1) name = `${last}_${number}`;
    return name;
  }

  /** What only a server writes is nothing that a caller may send. */
  private withoutReadOnly(schema: Record<string, unknown>): Record<string, unknown> {
    const { properties, required } = schema;
    if (!isObject(properties)) return schema;
    const readOnly = Object.keys(properties).filter(
      (name) => this.document.resolve(properties[name])?.['readOnly'] === true,
    );
    if (readOnly.length === 0) return schema;
    return {
      ...schema,
      properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !readOnly.includes(name))),
      ...(Array.isArray(required) && {
        required: required.filter((name) => !readOnly.includes(name as string)),
      }),
    };
  }
}

/** Their values are data, in which `$ref` is a word like any other. */
const LITERAL = new Set(['const', 'default', 'enum', 'example', 'examples']);
