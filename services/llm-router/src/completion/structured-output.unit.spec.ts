import { StructuredOutput } from './structured-output.js';

describe('structured output', () => {
  const structured = new StructuredOutput();
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    required: ['intent'],
    properties: { intent: { enum: ['a', 'b'] }, email: { type: 'string', format: 'email' } },
  };

  it('is read from JSON, in a fence or not', () => {
    for (const text of [
      '{"intent":"a"}',
      '```json\n{"intent":"a"}\n```',
      'Here it is:\n```\n{"intent":"a"}\n```',
    ])
      expect(structured.check(text, schema)).toEqual({ valid: true, output: { intent: 'a' } });
  });

  it('names what is wrong, for the model to correct', () => {
    expect(structured.check('{"intent":"c"}', schema)).toMatchObject({
      valid: false,
      problem: expect.stringContaining('["a","b"]') as string,
    });
    expect(structured.check('{}', schema)).toMatchObject({
      problem: expect.stringContaining("required property 'intent'") as string,
    });
    expect(structured.check('{"intent":"a","email":"x"}', schema)).toMatchObject({
      problem: expect.stringContaining('email') as string,
    });
    expect(structured.check('{"intent":', schema)).toMatchObject({
      problem: expect.stringContaining('not valid JSON') as string,
    });
  });

  it('is no fault of the model where the schema is none', () => {
    expect(() => structured.check('{}', { type: 'nonsense' })).toThrow(
      expect.objectContaining({ code: 'validation-failed' }) as Error,
    );
  });
});
