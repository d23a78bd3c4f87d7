import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { cloudEventType, EVENT_DEFINITIONS, eventDefinition, eventJsonSchema } from './registry.js';
import { type Upcaster, upcast } from './upcasters.js';

/** Events as released writers wrote them: never changed, read for ever. */
const FIXTURES = join(process.cwd(), 'libs/contracts/fixtures');

const fixtures = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const [type = '', version = ''] = file.split('/');
    return { file, type, version: Number(version.slice(1)) };
  });

describe('the event types', () => {
  it('have each a name and version of their own', () => {
    const names = EVENT_DEFINITIONS.map((definition) => cloudEventType(definition.type, definition.version));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^baton\.[a-z_]+\.[a-z_]+\.v\d+$/);
  });

  it.each(EVENT_DEFINITIONS.map((definition) => [definition.type, definition] as const))(
    '%s: its example is valid, by the schema and by its JSON Schema, and its personal fields exist',
    (_type, definition) => {
      const data = definition.schema.parse(definition.example);
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      const validate = ajv.compile(eventJsonSchema(definition));
      expect({ valid: validate(data), errors: validate.errors }).toEqual({ valid: true, errors: null });
      const { properties } = eventJsonSchema(definition) as { properties: Record<string, unknown> };
      for (const field of definition.personal) expect(Object.keys(properties)).toContain(field);
    },
  );

  it('are all in the corpus, at every version up to now', () => {
    for (const { type, version } of EVENT_DEFINITIONS)
      for (let each = 1; each <= version; each += 1)
        expect(fixtures).toContainEqual(expect.objectContaining({ type, version: each }));
  });

  it.each(fixtures)('are read as they were released: $file', ({ file, type, version }) => {
    const stored = JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as Record<string, unknown>;
    const current = upcast({ type, schema_version: version, data: stored });
    const definition = eventDefinition(type);
    expect(current.schema_version).toBe(definition?.version);
    expect(definition?.schema.safeParse(current.data).success).toBe(true);
  });
});

describe('an event of an older version', () => {
  it('passes through every step up to now', () => {
    const steps = new Map<string, Upcaster>([
      ['conversation.feedback_recorded.v-1', (data: Record<string, unknown>) => ({ ...data, rating: 3 })],
      ['conversation.feedback_recorded.v0', (data: Record<string, unknown>) => ({ ...data, comment: null })],
    ]);
    const old = { type: 'conversation.feedback_recorded', schema_version: -1, data: { kept: true } };
    expect(upcast(old, steps)).toEqual({
      type: 'conversation.feedback_recorded',
      schema_version: 1,
      data: { kept: true, rating: 3, comment: null },
    });
  });

  it('is an error where a step is missing: silence would lose it', () => {
    const old = { type: 'conversation.feedback_recorded', schema_version: 0, data: {} };
    expect(() => upcast(old)).toThrow('No upcaster from conversation.feedback_recorded v0');
  });
});

describe('an event of a newer version or an unknown type', () => {
  it('is left as it is, for evolve to ignore', () => {
    const newer = { type: 'conversation.feedback_recorded', schema_version: 9, data: { x: 1 } };
    expect(upcast(newer)).toEqual(newer);
    const unknown = { type: 'conversation.from_the_future', schema_version: 1, data: {} };
    expect(upcast(unknown)).toEqual(unknown);
  });
});
