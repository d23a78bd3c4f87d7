/** Tokens of prompt and answer together, by the beginning of a model's name; the longest beginning counts. */
const CONTEXT_WINDOWS: readonly (readonly [prefix: string, tokens: number])[] = [
  ['gpt-6', 1_000_000],
  ['gpt-5', 400_000],
  ['gpt-5.4', 1_000_000],
  ['gpt-5.5', 1_000_000],
  ['gpt-5.6', 1_000_000],
  ['gpt-5.4-mini', 400_000],
  ['gpt-5.4-nano', 400_000],
  ['gpt-4.1', 1_000_000],
  ['gpt-4o', 128_000],
  ['gpt-4-turbo', 128_000],
  ['gpt-4', 8_192],
  ['gpt-3.5', 16_385],
  ['o1', 200_000],
  ['o3', 200_000],
  ['o4', 200_000],
  ['llama3', 128_000],
  ['llama-3', 128_000],
  ['qwen', 32_768],
  ['mistral', 32_768],
  ['gemma', 8_192],
];

/** What is safe to assume of a model that nobody here knows. */
const UNKNOWN_MODEL = 32_768;

export const contextWindowOf = (model: string): number =>
  CONTEXT_WINDOWS.filter(([prefix]) => model.startsWith(prefix)).reduce<readonly [number, number]>(
    ([length, tokens], [prefix, own]) => (prefix.length > length ? [prefix.length, own] : [length, tokens]),
    [0, UNKNOWN_MODEL],
  )[1];
