import type { ModelRequest } from './model-request.js';
import { callTools, json, paced, say, type Step } from './steps.js';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
}

/** A value that a JSON Schema takes: first of an enum, sure of itself, short. */
export const fill = (schema: Schema): unknown => {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, value]) => [key, fill(value)]),
      );
    case 'array':
      return [];
    case 'number':
      return Math.min(schema.maximum ?? 1, 0.95);
    case 'integer':
      return schema.maximum ?? schema.minimum ?? 1;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return 'ok'.padEnd(schema.minLength ?? 0, '.');
  }
};

/** A model of this name takes its time: a word each 20 ms for four seconds. */
export const PACED_MODEL = 'paced';
const PACED_ANSWER = 'word '.repeat(200);

/** An answer that fits any call, at once: for measuring everything but the model. */
export const genericAnswer = (request: ModelRequest): Step => {
  if (request.model === PACED_MODEL) return paced(PACED_ANSWER, 20);
  if (request.schema !== undefined) return json(fill(request.schema as Schema));
  if (request.toolNames.includes('finish'))
    return callTools({ name: 'finish', args: { reply: 'It is done.', confidence: 0.95 } });
  return say('It is done.');
};
