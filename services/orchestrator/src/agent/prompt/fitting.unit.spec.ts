import type { ChatMessage } from '@baton/contracts';

import { agentCall, agentContext, remembered, said } from '../testing/agent-call.fixture.js';
import { chatHistory } from './chat-history.js';
import { bareContext } from './fit-call.js';
import { fitContext } from './fit-context.js';
import { fitWindow } from './fit-window.js';
import { reasoningPrompt } from './system-prompt.js';
import { type CountTokens, loadTokenizer, tokenizerName, tokensAtMost } from './tokenizer.js';

/** A token a word. */
const words: CountTokens = (text) => text.split(/\s+/).filter(Boolean).length;
const load = () => Promise.resolve(words);
const never = (): Promise<never> => Promise.reject(new Error('Nothing had to be counted'));
const text = (count: number, word = 'word'): string => Array.from({ length: count }, () => word).join(' ');
const allWords = (messages: readonly ChatMessage[]): number =>
  messages.reduce((sum, message) => sum + words(message.content) + 8, 0);

describe('the context of an agent', () => {
  /** 18 tokens each with their frame: five that stay, then 18 for each of the six others. */
  const fixed = { system: text(10, 'rules'), question: text(10, 'question') };
  const stays = 4 * 18;
  const context = agentContext({
    guidance: text(10, 'guidance'),
    humanSummary: text(10, 'human'),
    summary: text(10, 'summary'),
    memories: remembered(text(10, 'm1'), text(10, 'm2')),
    recent: said(['user', text(10, 'r1')], ['assistant', text(10, 'r2')], ['user', text(10, 'r3')]),
  });
  const fit = (maxTokens: number) =>
    fitContext(context, fixed, maxTokens, () => Promise.resolve({ name: 'o200k_base', count: words }));

  it('is left alone, and not even counted, where it surely fits', async () => {
    const { context: fitted, report } = await fitContext(context, fixed, 6000, never);
    expect(fitted).toBe(context);
    expect(report).toMatchObject({
      max_tokens: 6000,
      counted_by: 'bytes',
      kept: { summary: true, message_ids: ['msg_1', 'msg_2', 'msg_3'], memory_ids: ['mem_1', 'mem_2'] },
      dropped: { summary: false, message_ids: [], memory_ids: [] },
    });
    expect(report.tokens.total).toBeLessThanOrEqual(6000);
  });

  it('keeps what people said, then summary, the latest messages and the nearest memories', async () => {
    const { context: fitted, report } = await fit(stays + 5 * 18);
    expect(fitted).toMatchObject({
      guidance: context.guidance,
      humanSummary: context.humanSummary,
      summary: context.summary,
      recent: context.recent,
    });
    expect(fitted.memories).toEqual(context.memories.slice(0, 1));
    expect(report).toMatchObject({
      counted_by: 'o200k_base',
      tokens: { summary: 18, messages: 54, memories: 18, guidance: 18, total: stays + 5 * 18 },
      kept: { summary: true, message_ids: ['msg_1', 'msg_2', 'msg_3'], memory_ids: ['mem_1'] },
      dropped: { summary: false, message_ids: [], memory_ids: ['mem_2'] },
    });
  });

  it('drops the oldest messages first', async () => {
    const { context: fitted, report } = await fit(stays + 3 * 18);
    expect(fitted.recent).toEqual(context.recent.slice(1));
    expect(report.dropped).toEqual({
      summary: false,
      message_ids: ['msg_1'],
      memory_ids: ['mem_1', 'mem_2'],
    });
  });

  it('keeps rules, question and the guidance of people whatever they cost, and says so', async () => {
    const { context: fitted, report } = await fit(1);
    expect(fitted).toMatchObject({
      guidance: context.guidance,
      humanSummary: context.humanSummary,
      summary: null,
      recent: [],
      memories: [],
    });
    expect(report).toMatchObject({ max_tokens: 1, tokens: { total: stays }, dropped: { summary: true } });
  });

  it('never names what it says in its report', async () => {
    const { report } = await fit(stays + 3 * 18);
    expect(JSON.stringify(report)).not.toMatch(/guidance guidance|summary summary|r1|m1 /);
  });
});

describe('a conversation of a thousand turns', () => {
  const CUSTOMER =
    'The left channel of my speaker crackles when it is warm, and the app shows error 4711 again.';
  const AGENT =
    'Please hold the button for ten seconds until the light is white; then pair it with your phone.';

  /** What a turn is given: the summary as memory keeps it, the last eight turns, the five nearest memories. */
  const contextAt = (turn: number) => {
    const before = Array.from({ length: turn - 1 }, (_, index) => index + 1);
    const summary = before.map((n) => `Turn ${n} was about error 4711.`).join(' ');
    return agentContext({
      summary: summary.slice(0, 4000),
      recent: said(
        ...before.slice(-8).flatMap((n): (readonly ['user' | 'assistant', string])[] => [
          ['user', `${n} ${CUSTOMER}`],
          ['assistant', `${n} ${AGENT}`],
        ]),
      ),
      memories: remembered(...before.slice(0, 5).map((n) => `Customer: ${n} ${CUSTOMER}\nAgent: ${AGENT}`)),
    });
  };

  it.each([
    ['where everything fits', 6000, 'openai/gpt-4o', 1.35],
    ['where it does not', 700, 'openai/gpt-4o', 1.02],
    ['by an estimate', 900, 'anthropic/claude', 1.02],
  ])('costs at its end what it cost after ten, %s', async (_name, maxTokens, model, growth) => {
    const prompt = async (turn: number): Promise<number> => {
      const call = agentCall({
        context: contextAt(turn),
        contextTokens: maxTokens,
        question: CUSTOMER,
        model,
      });
      const tokenizer = await loadTokenizer(model);
      const system = reasoningPrompt({ ...call, context: bareContext(call.context) });
      const { context } = await fitContext(contextAt(turn), { system, question: CUSTOMER }, maxTokens, () =>
        Promise.resolve(tokenizer),
      );
      // What the model is sent, counted whole: not what the report says of it.
      const messages = [
        { role: 'system' as const, content: reasoningPrompt({ ...call, context }) },
        ...chatHistory(context),
        { role: 'user' as const, content: CUSTOMER },
      ];
      return messages.reduce((sum, { content }) => sum + tokenizer.count(content), 0);
    };
    const costs = await Promise.all([10, 11, 50, 100, 200, 500, 999, 1000].map(prompt));
    const [atTen] = costs as [number];
    expect(Math.max(...costs)).toBeLessThanOrEqual(maxTokens);
    expect(Math.max(...costs)).toBeLessThanOrEqual(atTen * growth + (maxTokens === 6000 ? 900 : 0));
    // And from a hundred on, when the summary has its length, not at all.
    expect(costs.at(-1)).toBeLessThanOrEqual((costs[4] as number) + 10);
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
  it.each(['openai/gpt-4o', 'openai/gpt-4', 'anthropic/claude-sonnet-5'])(
    'of %s counts, and takes control tokens for text',
    async (model) => {
      const { name, count } = await loadTokenizer(model);
      for (const sample of [
        'Hello world',
        'Grüße aus München 👋🏽',
        '<|endoftext|> <|im_start|>',
        '日本語のテキスト',
      ]) {
        expect(count(sample)).toBeGreaterThan(0);
        expect(count(sample)).toBeLessThanOrEqual(tokensAtMost(sample) * (name === 'estimate' ? 1.3 : 1));
      }
    },
  );

  it('counts a long run without a break in pieces, and everything else as it is', async () => {
    const { count } = await loadTokenizer('openai/gpt-4o');
    const run = '漢字の文章です返品したい'.repeat(20);
    const prose = 'How long do I have to return an item?\n\nIt is ( still ) unopened...\n';
    expect(count(prose.repeat(20) + run)).toBeLessThanOrEqual(count(prose.repeat(20)) + count(run) + 1);
    // In one piece each of these takes the better part of a minute, in which this process does nothing else.
    for (const sign of ['😀', '漢', 'a', '.', ' ']) {
      const tokens = count(sign.repeat(32_000));
      expect(tokens).toBeGreaterThan(0);
      expect(Math.abs(tokens - 125 * count(sign.repeat(256)))).toBeLessThanOrEqual(125);
    }
  });

  it.each([
    ['openai/gpt-4o-mini', 'o200k_base'],
    ['openai/gpt-4.1', 'o200k_base'],
    ['openai/gpt-5.6-luna', 'o200k_base'],
    ['openai/o3', 'o200k_base'],
    ['openai/gpt-4-turbo', 'cl100k_base'],
    ['openai/gpt-3.5-turbo', 'cl100k_base'],
    ['openai/llama3', 'estimate'],
    ['anthropic/claude-sonnet-5', 'estimate'],
    ['offline/extractive', 'estimate'],
  ])('of %s is %s', (model, name) => {
    expect(tokenizerName(model)).toBe(name);
  });
});
