import type { ChatRequest } from '../provider.js';
import { ToolNames } from '../tool-names.js';
import { ANSWER_TOOL, EXPECTED_QUIRKS, learn, messageParams } from './anthropic-request.js';

const request = (given: Partial<ChatRequest>): ChatRequest => ({
  messages: [{ role: 'user', content: 'Hi' }],
  tools: [],
  outputSchema: null,
  question: null,
  documents: [],
  maxTokens: null,
  temperature: null,
  ...given,
});
const params = (given: Partial<ChatRequest>, quirks = EXPECTED_QUIRKS) =>
  messageParams('claude', request(given), new ToolNames([]), quirks);

describe("a message's request", () => {
  it('puts what the system says beside the conversation', () => {
    const { system, messages } = params({
      messages: [
        { role: 'system', content: 'You help.' },
        { role: 'user', content: 'Hi' },
        { role: 'system', content: 'Be short.' },
      ],
    });
    expect(system).toBe('You help.\n\nBe short.');
    expect(messages).toHaveLength(1);
  });

  it('lets roles take turns, begins with the user, and answers each call in the turn after it', () => {
    const { messages } = params({
      messages: [
        { role: 'assistant', content: 'Welcome.' },
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b' },
        { role: 'assistant', content: '', tool_calls: [{ id: 'c1', name: 'orders.lookup', args: {} }] },
        { role: 'tool', tool_call_id: 'c1', content: '' },
        { role: 'user', content: '' },
      ],
    });
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    expect(messages.at(-1)?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'c1', content: '(nothing)' },
    ]);
    expect(JSON.stringify(messages)).not.toContain('"text":""');
  });

  it('forces the answer tool where structured output is asked for, and only wishes for it where the model always thinks', () => {
    const outputSchema = { type: 'object', properties: { a: { type: 'string' } } };
    expect(params({ outputSchema }).tool_choice).toEqual({ type: 'tool', name: ANSWER_TOOL });
    const thinking = learn(
      EXPECTED_QUIRKS,
      'tool_choice forces tool use, which is not compatible with thinking',
    );
    expect(thinking).toEqual({ forcedTool: false });
    expect(params({ outputSchema }, thinking).tool_choice).toEqual({ type: 'auto' });
    expect(params({ outputSchema }, thinking).system).toContain(ANSWER_TOOL);
  });

  it('wraps an answer that is no object', () => {
    const { tools } = params({ outputSchema: { enum: ['a', 'b'] } });
    expect(tools?.[0]).toMatchObject({
      input_schema: { properties: { value: { enum: ['a', 'b'] } }, required: ['value'] },
    });
  });

  it('leaves out the temperature, which the vendor takes no more', () => {
    expect(params({ temperature: 1 })).not.toHaveProperty('temperature');
  });
});
