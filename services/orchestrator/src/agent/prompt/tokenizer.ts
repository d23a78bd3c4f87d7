/** How many tokens a text takes. */
export type CountTokens = (text: string) => number;

let loaded: Promise<CountTokens> | undefined;

/** The tokenizer of the newer models; its tables take 75 MB, so they are loaded only where a text may be too long. */
export const loadTokenizer = (): Promise<CountTokens> => {
  loaded ??= import('gpt-tokenizer/encoding/o200k_base').then(({ countTokens }) => {
    // Text that looks like a control token is text.
    const options = { disallowedSpecial: new Set<string>() };
    return (text) => countTokens(text, options);
  });
  return loaded;
};

/** No text takes more tokens than it has bytes: below that nothing needs to be counted. */
export const tokensAtMost = (text: string): number => Buffer.byteLength(text);
