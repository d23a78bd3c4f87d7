import { BuiltInEmbedder } from '../../embedding/builtin/built-in-embedder.js';
import { offlineModel } from '../../offline/offline-model.js';
import type { ChatRequest } from '../provider.js';
import { OfflineProvider } from './offline.provider.js';

const request = (given: Partial<ChatRequest>): ChatRequest => ({
  messages: [{ role: 'user', content: '' }],
  tools: [],
  outputSchema: null,
  question: null,
  documents: [],
  maxTokens: null,
  temperature: null,
  ...given,
});

describe('the offline model', () => {
  const embedder = new BuiltInEmbedder();
  const provider = new OfflineProvider(offlineModel(embedder));
  const signal = new AbortController().signal;
  const ask = (given: Partial<ChatRequest>) => provider.chat('extractive', request(given), { signal });
  afterAll(() => embedder.stop());

  const documents = [
    { id: '1', title: 'Opening hours', content: 'We are open 9 to 17.', score: 0.9 },
    { id: '2', title: 'Parking', content: 'Free parking behind the building.', score: 0.2 },
  ];

  it('quotes the passage that answers, with its title and its score', async () => {
    const reply = await ask({ question: 'When are you open?', documents });

    expect(reply.text).toBe('From our help pages (Opening hours): We are open 9 to 17.');
    expect(reply.confidence).toBeGreaterThanOrEqual(0.7);
    expect(reply.usage.output).toBeGreaterThan(0);
  });

  it('streams what it quotes', async () => {
    const pieces: string[] = [];
    const reply = await provider.chat('extractive', request({ question: 'When are you open?', documents }), {
      signal,
      onToken: (piece) => pieces.push(piece),
    });

    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(reply.text);
  });

  it('classifies into the labels of a schema and says how sure it is', async () => {
    const reply = await ask({
      question: 'Where is my order 1001?',
      outputSchema: {
        type: 'object',
        required: ['intent', 'confidence'],
        properties: {
          intent: { enum: ['order_status', 'return', 'billing', 'technical', 'human'] },
          confidence: { type: 'number', minimum: 0, maximum: 1 },
        },
      },
    });

    expect(JSON.parse(reply.text)).toMatchObject({ intent: 'order_status' });
    const { confidence } = JSON.parse(reply.text) as { confidence: number };
    expect(confidence).toBeGreaterThan(0.6);
    expect(confidence).toBeLessThanOrEqual(1);
  });

  it('takes values out of the words and quotes the message where a reason is asked', async () => {
    const reply = await ask({
      question: 'Please refund 20 EUR of order 1003, ana@example.com',
      outputSchema: {
        type: 'object',
        required: ['order_id', 'amount', 'email', 'reason'],
        properties: {
          order_id: { type: 'string' },
          amount: { type: 'number' },
          email: { type: 'string' },
          reason: { type: 'string' },
        },
      },
    });

    expect(JSON.parse(reply.text)).toEqual({
      order_id: '1003',
      amount: 20,
      email: 'ana@example.com',
      reason: 'Please refund 20 EUR of order 1003, ana@example.com',
    });
  });

  it('refuses to make up what the message does not say', async () => {
    const outputSchema = { type: 'object', required: ['haiku'], properties: { haiku: { type: 'string' } } };

    await expect(ask({ question: 'Spring', outputSchema })).rejects.toMatchObject({
      code: 'model-incapable',
    });
  });

  it('summarises in the words of the conversation', async () => {
    const lines = [
      'Customer: My Aurora speaker does not turn on.',
      'Assistant: Use the power supply that came with it.',
      'Customer: I did, the light stays dark.',
      'Assistant: Try another socket and another cable.',
      'Customer: Still nothing. I bought it two weeks ago.',
      'Assistant: Then I hand you over to a colleague.',
      'Customer: Fine, but please be quick.',
    ];
    const reply = await ask({
      messages: [
        { role: 'system', content: 'Summarise the conversation.' },
        { role: 'user', content: lines.join('\n') },
      ],
    });

    expect(reply.text).toContain('does not turn on');
    expect(reply.text.length).toBeLessThan(lines.join(' ').length);
    for (const sentence of reply.text.split(/(?<=\.) (?=[A-Z])/))
      expect(lines.join('\n')).toContain(sentence);
  });

  it('refuses what it cannot do', async () => {
    const messages = [{ role: 'user' as const, content: 'Write me a poem' }];
    const tools = [{ name: 'orders.lookup', description: '', input_schema: {} }];

    await expect(ask({ messages })).rejects.toMatchObject({ code: 'model-incapable' });
    await expect(ask({ messages, tools })).rejects.toMatchObject({ code: 'model-incapable' });
    expect(provider.capabilities().toolCalls).toBe(false);
  });
});
