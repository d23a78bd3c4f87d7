import { upgrade } from '@scalar/openapi-parser';
import { parse } from 'yaml';

import { isObject, type JsonObject } from '../source/foreign-schema.js';

/** An OpenAPI document of 3.1; what was 3.0 is written in its terms. */
export class OpenApiDocument {
  private constructor(private readonly root: JsonObject) {}

  /** @throws Error that says why it is none */
  static read(text: string): OpenApiDocument {
    let value: unknown;
    try {
      value = /^\s*[{[]/.test(text) ? JSON.parse(text) : parse(text, { maxAliasCount: 100 });
    } catch (error) {
      throw new Error(`it is neither JSON nor YAML: ${(error as Error).message.split('\n', 1)[0]}`);
    }
    if (!isObject(value)) throw new Error('it is no OpenAPI document');
    const version = value['openapi'];
    if (typeof version !== 'string' || !/^3\.[01](\.|$)/.test(version))
      throw new Error(
        value['swagger'] === undefined
          ? `it says openapi ${JSON.stringify(version)}; 3.0 and 3.1 are taken`
          : 'it is Swagger 2.0: convert it to OpenAPI 3 first',
      );
    if (!isObject(value['paths'])) throw new Error('it has no paths');
    const { specification } = upgrade(value);
    return new OpenApiDocument(specification as JsonObject);
  }

  get paths(): Readonly<Record<string, unknown>> {
    return this.root['paths'] as Record<string, unknown>;
  }

  /** Of the first server, its variables filled in; undefined where the document names none. */
  serverUrl(servers: unknown = this.root['servers']): string | undefined {
    const [server] = Array.isArray(servers) ? (servers as unknown[]) : [];
    if (!isObject(server) || typeof server['url'] !== 'string') return undefined;
    const variables = isObject(server['variables']) ? server['variables'] : {};
    return server['url'].replaceAll(/\{([^}]+)\}/g, (whole, name: string) => {
      const variable = variables[name];
      const value = isObject(variable) ? variable['default'] : undefined;
      return typeof value === 'string' || typeof value === 'number' ? `${value}` : whole;
    });
  }

  /** A part as it stands, or what it refers to. @throws Error where a reference leads nowhere or out of the document */
  resolve(part: unknown): Record<string, unknown> | undefined {
    const followed = new Set<string>();
    let current = part;
    while (isObject(current) && typeof current['$ref'] === 'string') {
      const pointer: string = current['$ref'];
      if (followed.has(pointer)) throw new Error(`the reference ${pointer} leads back to itself`);
      followed.add(pointer);
      current = this.at(pointer);
    }
    return isObject(current) ? current : undefined;
  }

  /** @throws Error where the pointer leads nowhere or out of the document */
  at(pointer: string): unknown {
    if (!pointer.startsWith('#/'))
      throw new Error(`the reference ${pointer} leads out of the document: put it into one file first`);
    let current: unknown = this.root;
    for (const part of pointer.slice(2).split('/')) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      current =
        (isObject(current) || Array.isArray(current)) && Object.hasOwn(current, key)
          ? (current as Record<string, unknown>)[key]
          : undefined;
    }
    if (current === undefined) throw new Error(`the reference ${pointer} leads nowhere`);
    return current;
  }
}
