import { BatonError } from '@baton/contracts';

import type { ZeroShotClassifier } from '../classification/zero-shot-classifier.js';
import { humanised } from '../classification/zero-shot-classifier.js';
import type { HumanRequestDetector } from '../human-request/human-request-detector.js';
import { extractField, type FieldSchema, isConfidence, labelsOf, type ObjectSchema } from './fields.js';

export interface Filled {
  readonly output: unknown;
  readonly confidence: number;
}

/** From how large a share on a label is one of several. */
const AMONG_SEVERAL = 0.2;
const ABOUT_PEOPLE = /human|person|agent|handover|escalat/;

/**
 * Fills an output schema from a message: chooses labels by meaning, takes values out of the words, and
 * refuses what it would have to make up.
 */
export class SchemaFiller {
  constructor(
    private readonly classifier: ZeroShotClassifier,
    private readonly humans: HumanRequestDetector,
  ) {}

  /** @throws BatonError `model-incapable` where a required property can't be told from the message */
  async fill(text: string, schema: Readonly<Record<string, unknown>>): Promise<Filled> {
    const root = schema as ObjectSchema;
    const labels = labelsOf(root);
    if (labels.length > 0) {
      const { value, confidence } = await this.classifier.classify(text, labels);
      return { output: value, confidence };
    }
    if (!root.properties) throw incapable('the answer');
    return this.fillObject(text, root);
  }

  private async fillObject(text: string, schema: ObjectSchema): Promise<Filled> {
    const properties = Object.entries(schema.properties ?? {});
    const output: Record<string, unknown> = {};
    const confidences: number[] = [];
    for (const [name, field] of properties) {
      if (isConfidence(name, field)) continue;
      const filled = await this.fillField(text, name, field);
      if (filled === undefined) {
        if (schema.required?.includes(name)) throw incapable(`"${name}"`);
        continue;
      }
      output[name] = filled.output;
      if (filled.confidence < 1) confidences.push(filled.confidence);
    }
    const confidence = confidences.length === 0 ? 1 : Math.min(...confidences);
    for (const [name, field] of properties)
      if (isConfidence(name, field)) output[name] = within(confidence, field);
    return { output: inSchemaOrder(output, properties), confidence };
  }

  private async fillField(text: string, name: string, field: FieldSchema): Promise<Filled | undefined> {
    if (field.const !== undefined) return { output: field.const, confidence: 1 };
    const labels = labelsOf(field);
    if (labels.length > 0) {
      const { value, confidence } = await this.classifier.classify(text, labels);
      return { output: value, confidence };
    }
    if (field.type === 'array' && field.items) return this.severalLabels(text, field.items);
    if (field.type === 'boolean') return this.yesOrNo(text, name);
    const value = extractField(name, field, text);
    return value === undefined ? undefined : { output: value, confidence: 1 };
  }

  private async severalLabels(text: string, items: FieldSchema): Promise<Filled | undefined> {
    const labels = labelsOf(items);
    if (labels.length === 0) return undefined;
    const { shares, confidence } = await this.classifier.classify(text, labels);
    const chosen = labels.map(({ value }) => value).filter((value) => (shares[value] ?? 0) >= AMONG_SEVERAL);
    return { output: chosen, confidence };
  }

  private async yesOrNo(text: string, name: string): Promise<Filled | undefined> {
    if (!ABOUT_PEOPLE.test(humanised(name))) return undefined;
    const { requested, score } = await this.humans.detect(text);
    return { output: requested, confidence: requested ? score : 1 - score };
  }
}

const incapable = (what: string): BatonError =>
  new BatonError('model-incapable', `The offline model cannot tell ${what}: set up a served model for this`);

const within = (confidence: number, field: FieldSchema): number => {
  // "0 to 100" is the other usual scale.
  const scaled = field.maximum === 100 ? confidence * 100 : confidence;
  const clamped = Math.min(field.maximum ?? Infinity, Math.max(field.minimum ?? -Infinity, scaled));
  return field.type === 'integer' ? Math.round(clamped) : clamped;
};

const inSchemaOrder = (
  output: Readonly<Record<string, unknown>>,
  properties: readonly (readonly [string, FieldSchema])[],
): Record<string, unknown> =>
  Object.fromEntries(properties.filter(([name]) => name in output).map(([name]) => [name, output[name]]));
