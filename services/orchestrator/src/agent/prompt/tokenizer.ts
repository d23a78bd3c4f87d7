import type { FittedContext } from '@baton/contracts';

/** How many tokens a text takes. */
export type CountTokens = (text: string) => number;

type Encoding = 'o200k_base' | 'cl100k_base';

/** Counts as a model does, or as near as can be known. */
export interface Tokenizer {
  readonly name: Exclude<FittedContext['counted_by'], 'bytes'>;
  readonly count: CountTokens;
}

/**
 * Models whose tokenizer is not public are counted by o200k_base and this margin: counted too high, a prompt is
 * a little shorter than it might be; counted too low, it would not fit.
 */
const ESTIMATE_FACTOR = 1.3;

const OLDER_OPENAI = /^(?:gpt-3|gpt-4(?![o.\d]))/;
const OPENAI = /^(?:gpt-|chatgpt-|codex-|o\d)/;

/** Which tokenizer counts for a model (`provider/model`). */
export const tokenizerName = (model: string): Tokenizer['name'] => {
  const name = model.slice(model.lastIndexOf('/') + 1);
  if (OLDER_OPENAI.test(name)) return 'cl100k_base';
  return OPENAI.test(name) ? 'o200k_base' : 'estimate';
};

export const loadTokenizer = async (model: string): Promise<Tokenizer> => {
  const name = tokenizerName(model);
  const count = await loadEncoding(name === 'cl100k_base' ? name : 'o200k_base');
  return name === 'estimate'
    ? { name, count: (text) => Math.ceil(count(text) * ESTIMATE_FACTOR) }
    : { name, count };
};

/**
 * A run of letters or signs without a break is merged pair by pair, in time that grows with the square of its length: 32,000
 * emoji held up this whole process for a minute. Longer ones are counted in pieces; a cut may cost a token.
 */
const LONG_RUN = /\S{257}|\s{257}/u;
const PIECES = /\s{0,256}\S{1,256}|\s{1,256}/gu;

const loaded = new Map<Encoding, Promise<CountTokens>>();

/** Its tables take 75 MB, so they are loaded only where a text may be too long. */
const loadEncoding = (encoding: Encoding): Promise<CountTokens> => {
  const known = loaded.get(encoding);
  if (known) return known;
  // Two imports that are spelt out: a computed one would be found by no bundler and no type check.
  const module =
    encoding === 'cl100k_base'
      ? import('gpt-tokenizer/encoding/cl100k_base')
      : import('gpt-tokenizer/encoding/o200k_base');
  const count = module.then(({ countTokens }): CountTokens => {
    // Text that looks like a control token is text.
    const options = { disallowedSpecial: new Set<string>() };
    const inOne = (text: string): number => countTokens(text, options);
    return (text) =>
      LONG_RUN.test(text)
        ? (text.match(PIECES) ?? []).reduce((sum, piece) => sum + inOne(piece), 0)
        : inOne(text);
  });
  loaded.set(encoding, count);
  return count;
};

/** No text takes more tokens than it has bytes: below that nothing needs to be counted. */
export const tokensAtMost = (text: string): number => Buffer.byteLength(text);
