import type { RouterConfig } from '../config.js';
import { BUILT_IN_EMBEDDING_MODEL } from '../embedding/builtin/built-in-embedder.js';

export type Tier = 'fast' | 'smart';

export interface Tiers {
  /** What each tier comes to, in the order in which it is tried. */
  readonly chat: Readonly<Record<Tier, readonly string[]>>;
  readonly embedding: string;
  /** True where nobody named the OpenAI model and the server may not know the default one. */
  readonly openAIModelIsAGuess: boolean;
}

type TierConfig = Pick<
  RouterConfig,
  | 'OPENAI_API_KEY'
  | 'OPENAI_BASE_URL'
  | 'ANTHROPIC_API_KEY'
  | 'ANTHROPIC_BASE_URL'
  | 'BATON_MODEL_FAST'
  | 'BATON_MODEL_SMART'
  | 'BATON_MODEL_EMBEDDING'
>;

export const OFFLINE = 'offline/extractive';

/** Of each vendor one quick and one thorough model, as of November 2026. */
const DEFAULTS = {
  anthropic: { fast: 'anthropic/claude-haiku-5-5', smart: 'anthropic/claude-sonnet-5-5' },
  openai: { fast: 'openai/gpt-5.6-luna', smart: 'openai/gpt-6.1-terra' },
  offline: { fast: OFFLINE, smart: OFFLINE },
} as const satisfies Record<string, Record<Tier, string>>;

/** What the tiers come to: what a variable says, else a model of what is configured, else the offline model. */
export const tiersOf = (config: TierConfig): Tiers => {
  const vendor = vendorOf(config);
  const chat = {
    fast: config.BATON_MODEL_FAST ?? [DEFAULTS[vendor].fast],
    smart: config.BATON_MODEL_SMART ?? [DEFAULTS[vendor].smart],
  };
  return {
    chat,
    embedding: config.BATON_MODEL_EMBEDDING ?? BUILT_IN_EMBEDDING_MODEL,
    openAIModelIsAGuess: !isOfficialOpenAI(config.OPENAI_BASE_URL),
  };
};

/** A key says more than a base URL: the URL may point at a server that is not even running. */
const vendorOf = (config: TierConfig): keyof typeof DEFAULTS => {
  if (config.ANTHROPIC_API_KEY !== undefined) return 'anthropic';
  if (config.OPENAI_API_KEY !== undefined || config.OPENAI_BASE_URL !== undefined) return 'openai';
  return config.ANTHROPIC_BASE_URL === undefined ? 'offline' : 'anthropic';
};

export const isOfficialOpenAI = (baseUrl: string | undefined): boolean =>
  baseUrl === undefined || /(^|\.)openai\.com$/.test(new URL(baseUrl).hostname);

export const isTier = (name: string): name is Tier => name === 'fast' || name === 'smart';

/** True for a model that nobody named: it came from {@link DEFAULTS}. */
export const isDefaultOpenAIModel = (model: string): boolean =>
  Object.values<string>(DEFAULTS.openai).includes(model);
