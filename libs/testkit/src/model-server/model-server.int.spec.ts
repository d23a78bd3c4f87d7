import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

import { ModelServer } from './model-server.js';
import { callTools, cutMidStream, hangBeforeHeaders, json, say, status } from './steps.js';

describe('the model server', () => {
  let server: ModelServer;
  let openai: OpenAI;
  let anthropic: Anthropic;

  beforeEach(async () => {
    server = await ModelServer.start();
    openai = new OpenAI({ apiKey: 'k', baseURL: server.openAiUrl, maxRetries: 0 });
    anthropic = new Anthropic({ apiKey: 'k', baseURL: server.anthropicUrl, maxRetries: 0 });
  });
  afterEach(() => server.stop());

  const ask = (more: object = {}) =>
    openai.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...more });

  it('says what was scripted, in order, on both wires', async () => {
    server.script(say('one'), say('two'));
    expect((await ask()).choices[0]?.message.content).toBe('one');
    const message = await anthropic.messages.create({
      model: 'm',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    expect(message.content).toMatchObject([{ type: 'text', text: 'two' }]);
    expect(server.requests.map((request) => [request.api, request.lastUser])).toEqual([
      ['openai', 'Hello'],
      ['anthropic', 'Hello'],
    ]);
    server.assertDone();
  });

  it('streams words that join to the text', async () => {
    server.script(say('one two  three'), say('one two  three'));
    const stream = await openai.chat.completions.create({
      model: 'm',
      stream: true,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('one two  three');
    const message = await anthropic.messages
      .stream({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hello' }] })
      .finalText();
    expect(message).toBe('one two  three');
  });

  it('calls tools, and gives structured output by the way of each vendor', async () => {
    server.script(
      callTools({ name: 'orders.lookup', args: { order_id: '1001' } }),
      json({ intent: 'return' }),
    );
    const called = await ask();
    expect(called.choices[0]?.message.tool_calls).toMatchObject([
      { function: { name: 'orders__lookup', arguments: '{"order_id":"1001"}' } },
    ]);
    const message = await anthropic.messages.create({
      model: 'm',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'Hello' }],
      tools: [{ name: 'answer', input_schema: { type: 'object' } }],
      tool_choice: { type: 'tool', name: 'answer' },
    });
    expect(message.content).toMatchObject([
      { type: 'tool_use', name: 'answer', input: { intent: 'return' } },
    ]);
  });

  it('breaks as it was told to', async () => {
    server.script(status(429, { retryAfter: 2 }), cutMidStream('half an'), hangBeforeHeaders());
    await expect(ask()).rejects.toMatchObject({ status: 429 });
    const cut = await openai.chat.completions.create({
      model: 'm',
      stream: true,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    await expect(
      (async () => {
        for await (const chunk of cut) void chunk;
      })(),
    ).rejects.toThrow();
    await expect(
      openai.chat.completions.create(
        { model: 'm', messages: [{ role: 'user', content: 'Hello' }] },
        { signal: AbortSignal.timeout(50) },
      ),
    ).rejects.toThrow();
  });

  it('tells of calls that nobody expected and of answers that nobody asked for', async () => {
    await expect(ask()).rejects.toMatchObject({ status: 400 });
    expect(() => server.assertDone()).toThrow('1 unexpected');
    const other = await ModelServer.start();
    other.script(say('never'));
    expect(() => other.assertDone()).toThrow('never asked for');
    await other.stop();
  });

  it('answers anything at once when it is there to be fast', async () => {
    const instant = await ModelServer.start({ instant: true });
    const client = new OpenAI({ apiKey: 'k', baseURL: instant.openAiUrl, maxRetries: 0 });
    const answer = await client.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: 'Hello' }],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'answer',
          schema: {
            type: 'object',
            properties: { intent: { enum: ['a', 'b'] }, confidence: { type: 'number', maximum: 1 } },
          },
        },
      },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ intent: 'a', confidence: 0.95 });
    const embedded = await client.embeddings.create({ model: 'e', input: ['x', 'x', 'y'] });
    expect(embedded.data[0]?.embedding).toEqual(embedded.data[1]?.embedding);
    expect(embedded.data[0]?.embedding).not.toEqual(embedded.data[2]?.embedding);
    await instant.stop();
  });
});
