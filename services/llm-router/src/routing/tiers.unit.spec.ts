import { isOfficialOpenAI, OFFLINE, tiersOf } from './tiers.js';

describe('what the tiers come to', () => {
  it('is the offline model where nothing is configured', () => {
    expect(tiersOf({})).toMatchObject({
      chat: { fast: [{ model: OFFLINE }], smart: [{ model: OFFLINE }] },
      embedding: 'builtin/use-lite',
    });
  });

  it('is a model of the vendor that has a key', () => {
    expect(tiersOf({ OPENAI_API_KEY: 'k' }).chat.fast[0]?.model).toMatch(/^openai\//);
    expect(tiersOf({ ANTHROPIC_API_KEY: 'k' }).chat.smart[0]?.model).toMatch(/^anthropic\//);
    expect(tiersOf({ ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k' }).chat.smart[0]?.model).toMatch(
      /^anthropic\//,
    );
    expect(tiersOf({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' }).chat.smart[0]?.model).toMatch(
      /^openai\//,
    );
  });

  it('is what a variable says, in its order', () => {
    const chat = ['openai/llama3', 'anthropic/claude'];
    expect(tiersOf({ OPENAI_API_KEY: 'k', BATON_MODEL_FAST: chat }).chat.fast).toEqual(
      chat.map((model) => ({ model })),
    );
  });

  it("is a guess where the server is not the vendor's own", () => {
    expect(tiersOf({ OPENAI_BASE_URL: 'http://localhost:8000/v1' }).openAIModelIsAGuess).toBe(true);
    expect(tiersOf({ OPENAI_API_KEY: 'k' }).openAIModelIsAGuess).toBe(false);
    expect(isOfficialOpenAI('https://eu.api.openai.com/v1')).toBe(true);
    expect(isOfficialOpenAI('https://my-resource.openai.azure.com/openai/v1/')).toBe(true);
    expect(isOfficialOpenAI('https://openai.com.example.org/v1')).toBe(false);
  });
});
