import { BatonError } from '@baton/contracts';
import { boundedRegExp } from '@baton/service';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import { LruCache } from '../embedding/builtin/lru-cache.js';

type Schema = Readonly<Record<string, unknown>>;

export type Checked =
  | { readonly valid: true; readonly output: unknown }
  /** What is wrong, in words for the model. */
  | { readonly valid: false; readonly problem: string };

const SCHEMAS_KEPT = 200;
const MOST_PROBLEMS = 5;

/** Reads a model's answer as JSON and holds it against the schema it was asked for. */
export class StructuredOutput {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, code: { regExp: boundedRegExp } });
  private readonly validators = new LruCache<string, ValidateFunction>(SCHEMAS_KEPT);

  constructor() {
    (formats as unknown as { default: (ajv: Ajv2020) => void }).default(this.ajv);
  }

  /** @throws BatonError `validation-failed` where the schema itself is not one */
  check(text: string, schema: Schema): Checked {
    const validate = this.validator(schema);
    let output: unknown;
    try {
      output = JSON.parse(withoutFence(text));
    } catch (error) {
      return { valid: false, problem: `It is not valid JSON: ${(error as Error).message}` };
    }
    if (validate(output)) return { valid: true, output };
    const problems = (validate.errors ?? [])
      .slice(0, MOST_PROBLEMS)
      .map(({ instancePath, message, params }) => {
        const place = instancePath === '' ? 'the value' : instancePath.slice(1).replaceAll('/', '.');
        const allowed = (params as { allowedValues?: unknown }).allowedValues;
        return `${place} ${message ?? 'is wrong'}${allowed ? `: ${JSON.stringify(allowed)}` : ''}`;
      });
    return { valid: false, problem: problems.join('; ') };
  }

  private validator(schema: Schema): ValidateFunction {
    const key = JSON.stringify(schema);
    const known = this.validators.get(key);
    if (known) return known;
    // The dialect is ours to choose: most schemas in workflows name none, and the drafts agree on what they use.
    const { $schema: _, $id: __, ...rest } = schema;
    try {
      const validate = this.ajv.compile(rest);
      this.validators.set(key, validate);
      return validate;
    } catch (error) {
      throw new BatonError(
        'validation-failed',
        `output_schema is not a JSON Schema: ${(error as Error).message}`,
      );
    }
  }
}

/** Models like to put JSON in a fence, or a word before it. */
const withoutFence = (text: string): string => /```(?:json)?\s*([\s\S]*?)```/i.exec(text)?.[1] ?? text;
