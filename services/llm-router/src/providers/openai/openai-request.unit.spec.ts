import type { ChatRequest } from '../provider.js';
import { ToolNames } from '../tool-names.js';
import { contextWindowOf } from './context-windows.js';
import { chatParams, expectedQuirks, learn } from './openai-request.js';
import { responseFormat } from './output-format.js';

const request = (given: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: 'user', content: 'Hi' }],
  tools: [],
  outputSchema: null,
  question: null,
  documents: [],
  maxTokens: 100,
  temperature: 0.2,
  ...given,
});

describe("a chat completion's request", () => {
  const names = new ToolNames([]);

  it('names the limit as the server knows it, and spares reasoning models the temperature', () => {
    const official = chatParams('gpt-5.4', request(), names, expectedQuirks('gpt-5.4', true));
    expect(official).toMatchObject({ max_completion_tokens: 100 });
    expect(official).not.toHaveProperty('temperature');
    const own = chatParams('llama3', request(), names, expectedQuirks('llama3', false));
    expect(own).toMatchObject({ max_tokens: 100, temperature: 0.2 });
  });

  it('learns from a 400 what to leave out, and from nothing else', () => {
    const quirks = expectedQuirks('llama3', false);
    expect(learn(quirks, 'temperature', 'Unsupported value')).toMatchObject({ temperature: false });
    expect(
      learn(quirks, '', "Unsupported parameter: 'max_tokens', use 'max_completion_tokens' instead"),
    ).toMatchObject({ maxCompletionTokens: true });
    expect(learn(quirks, '', 'response_format is not supported')).toMatchObject({ responseFormat: false });
    expect(learn(quirks, '', 'Unrecognized field stream_options')).toMatchObject({ streamUsage: false });
    expect(learn(quirks, 'messages', 'too long')).toBeUndefined();
    expect(learn({ ...quirks, temperature: false }, 'temperature', 'again')).toBeUndefined();
  });

  it('says the schema in words to a server that knows no response_format', () => {
    const quirks = { ...expectedQuirks('m', false), responseFormat: false };
    const params = chatParams('m', request({ outputSchema: { type: 'object' } }), names, quirks);
    expect(params).not.toHaveProperty('response_format');
    expect(JSON.stringify(params.messages.at(-1))).toContain('JSON Schema');
  });
});

describe('a schema as response format', () => {
  it('is strict where every property is required, objects being closed on the way', () => {
    const format = responseFormat({
      type: 'object',
      required: ['intent'],
      properties: { intent: { enum: ['a', 'b'] } },
    });
    expect(format).toMatchObject({
      strict: true,
      schema: { additionalProperties: false, properties: { intent: { type: 'string' } } },
    });
  });

  it.each([
    ['an optional property', { type: 'object', required: [], properties: { a: { type: 'string' } } }],
    ['an open object', { type: 'object', required: ['a'], properties: { a: { type: 'object' } } }],
    [
      'a keyword that strict mode does not know',
      { type: 'object', required: ['a'], properties: { a: { type: 'string', minLength: 3 } } },
    ],
    ['no object at its root', { type: 'string' }],
  ])('is a wish where there is %s', (_, schema) => {
    expect(responseFormat(schema).strict).toBe(false);
  });

  it('is not changed where it was given', () => {
    const schema = Object.freeze({
      type: 'object',
      properties: Object.freeze({ a: Object.freeze({ enum: ['x'] }) }),
    });
    expect(() => responseFormat(schema)).not.toThrow();
  });
});

describe('tool names', () => {
  it('travel without dots and come back with them', () => {
    const tools = new ToolNames(['orders.lookup', 'orders__lookup', 'http.request']);
    const wire = ['orders.lookup', 'orders__lookup', 'http.request'].map((name) => tools.wire(name));
    expect(new Set(wire).size).toBe(3);
    expect(wire.every((name) => /^[A-Za-z0-9_-]{1,64}$/.test(name))).toBe(true);
    expect(wire.map((name) => tools.ours(name))).toEqual(['orders.lookup', 'orders__lookup', 'http.request']);
    expect(tools.ours('made_up')).toBe('made_up');
  });

  it('are cut to what vendors take without becoming one', () => {
    const [a, b] = [`${'x'.repeat(80)}a`, `${'x'.repeat(80)}b`];
    const tools = new ToolNames([a, b]);
    expect(tools.wire(a)).not.toBe(tools.wire(b));
    expect(tools.wire(b).length).toBeLessThanOrEqual(64);
  });
});

describe("a model's window", () => {
  it('goes by the longest beginning of its name that is known', () => {
    expect(contextWindowOf('gpt-5.4-mini-2026-03-17')).toBe(400_000);
    expect(contextWindowOf('gpt-5.4')).toBe(1_000_000);
    expect(contextWindowOf('some-model')).toBe(32_768);
  });
});
