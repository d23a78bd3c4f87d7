import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

import { workflowJsonSchema } from './workflow-json-schema.js';

const file = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

describe('the schema for editors', () => {
  it('is the one that the loader goes by (npm run workflow -- schema schemas/workflow.schema.json writes it)', () => {
    expect(JSON.parse(file('schemas/workflow.schema.json'))).toEqual(JSON.parse(workflowJsonSchema()));
  });

  it('takes the samples, and underlines what the loader refuses', () => {
    const takes = new Ajv2020({ strict: false }).compile(JSON.parse(workflowJsonSchema()) as object);
    const sample = parse(file('config/workflows/customer_support.yaml')) as Record<string, unknown>;
    expect(takes(sample)).toBe(true);
    expect(takes({ ...sample, colour: 'red' })).toBe(false);
    expect(takes({ ...sample, nodes: { a: { type: 'loop' } } })).toBe(false);
    expect(takes({ ...sample, limits: { timeout: 'soon' } })).toBe(false);
  });
});
