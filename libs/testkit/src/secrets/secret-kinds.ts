/** What a secret looks like by itself, whoever made it. */
export interface SecretKind {
  readonly name: string;
  /** A regular expression that holds no group that captures. */
  readonly pattern: string;
  /** Whether a match is one after all; every match is unless this says otherwise. */
  readonly isOne?: (match: string) => boolean;
}

/** Randomness has all of these; a long name in snake_case has not. */
const looksRandom = (text: string): boolean => /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);

/**
 * No word needs to begin or end with one: between bytes anything may stand beside it.
 * Baton's own prefixes first (`api-keys.ts`, `webhook-secrets.ts`, `tokens.ts` of the gateway), then what the world uses.
 */
export const SECRET_KINDS: readonly SecretKind[] = [
  { name: 'API key', pattern: String.raw`baton_[\w-]{43}`, isOne: looksRandom },
  { name: 'webhook secret', pattern: String.raw`whsec_[A-Za-z0-9+/]{24,}` },
  { name: 'JSON web token', pattern: String.raw`eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}` },
  { name: 'private key', pattern: '-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----' },
  {
    name: 'password in a URL',
    pattern: String.raw`[a-z]{3,12}:\/\/[^\s:@/"'\\<>{}$]{0,64}:[^\s:@/"'\\<>{}$*[\]]{8,128}@`,
  },
  {
    name: 'credentials in a header',
    pattern: String.raw`(?:[Bb]earer|[Bb]asic) [A-Za-z0-9._~+/-]{20,}=*`,
    isOne: looksRandom,
  },
  { name: 'key of a model vendor', pattern: String.raw`sk-(?:proj|ant|svcacct)-[\w-]{20,}` },
  { name: 'access key of a cloud', pattern: String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b` },
  { name: 'token of a forge', pattern: String.raw`(?:gh[pousr]_|github_pat_)\w{36,}` },
];
