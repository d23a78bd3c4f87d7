import type { ChatMessage } from '@baton/contracts';

import { agentContext } from '../testing/agent-call.fixture.js';
import { fitContext } from './fit-context.js';
import { fitWindow } from './fit-window.js';
import { type CountTokens, loadTokenizer, tokensAtMost } from './tokenizer.js';

/** A token a word. */
const words: CountTokens = (text) => text.split(/\s+/).filter(Boolean).length;
const load = () => Promise.resolve(words);
const never = (): Promise<CountTokens> => Promise.reject(new Error('Nothing had to be counted'));
const text = (count: number, word = 'word'): string => Array.from({ length: count }, () => word).join(' ');
const allWords = (messages: readonly ChatMessage[]): number =>
  messages.reduce((sum, message) => sum + words(message.content) + 8, 0);

describe('the context of an agent', () => {
  const context = agentContext({
    guidance: text(10, 'guidance'),
    humanSummary: text(10, 'human'),
    summary: text(10, 'summary'),
    memories: [text(10, 'm1'), text(10, 'm2')],
    recent: ['r1', 'r2', 'r3'].map((word) => ({ role: 'user' as const, content: text(10, word) })),
  });

  it('is left alone, and not even counted, where it surely fits', async () => {
    expect(await fitContext(context, 6000, never)).toBe(context);
  });

  it('keeps what people said, then summary, the latest messages and the nearest memories', async () => {
    const fitted = await fitContext(context, 65, load);

    expect(fitted).toMatchObject({
      guidance: context.guidance,
      humanSummary: context.humanSummary,
      summary: context.summary,
    });
    expect(fitted.recent).toEqual(context.recent);
    expect(fitted.memories).toEqual([]);
  });

  it('drops the oldest messages first', async () => {
    expect((await fitContext(context, 50, load)).recent).toEqual(context.recent.slice(1));
  });

  it('keeps the guidance of people whatever it costs', async () => {
    expect(await fitContext(context, 1, load)).toMatchObject({
      guidance: context.guidance,
      humanSummary: context.humanSummary,
      summary: null,
      recent: [],
      memories: [],
    });
  });
});

describe("a model's window", () => {
  const tool = (content: string): ChatMessage => ({ role: 'tool', tool_call_id: 'c', content });
  const chat: ChatMessage[] = [
    { role: 'system', content: text(50) },
    { role: 'user', content: text(10) },
    { role: 'assistant', content: '' },
    tool(text(300)),
    { role: 'assistant', content: '' },
    tool(text(300)),
    { role: 'assistant', content: '' },
    tool(text(100)),
  ];

  it('is left alone, and not even counted, where the messages surely fit', async () => {
    expect(await fitWindow(chat, [], 128_000, never)).toBe(chat);
  });

  it('leaves the oldest results out first', async () => {
    const fitted = await fitWindow(chat, [], 800, load);

    expect(fitted[3]?.content).toContain('left out');
    expect(fitted[5]).toEqual(chat[5]);
    expect(allWords(fitted)).toBeLessThanOrEqual(600);
  });

  it('cuts the latest results where that is not enough, and nothing else', async () => {
    const fitted = await fitWindow(chat, [], 260, load);

    expect(fitted.slice(0, 3)).toEqual(chat.slice(0, 3));
    expect(fitted[7]?.content).toMatch(/^word[^]*\(cut: the rest did not fit\)$/);
    expect(words(fitted[7]?.content ?? '')).toBeLessThan(100);
  });

  it('makes room for the tools that the model is told of', async () => {
    const tools = [{ name: 'x', description: text(400), input_schema: {} }];
    const fitted = await fitWindow(chat, tools, 1280, load);
    expect(allWords(fitted)).toBeLessThanOrEqual(960 - 400);
  });
});

describe('the tokenizer', () => {
  it('counts, never more than the bytes, and takes control tokens for text', async () => {
    const count = await loadTokenizer();

    for (const sample of [
      'Hello world',
      'Grüße aus München 👋🏽',
      '<|endoftext|> <|im_start|>',
      '日本語のテキスト',
    ]) {
      expect(count(sample)).toBeGreaterThan(0);
      expect(count(sample)).toBeLessThanOrEqual(tokensAtMost(sample));
    }
  });
});
