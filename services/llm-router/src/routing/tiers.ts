import type { RouterConfig } from '../config.js';
import { BUILT_IN_EMBEDDING_MODEL } from '../embedding/builtin/built-in-embedder.js';
import { ModelSettings, type TierModel } from '../models-file/model-settings.js';

export interface Tiers {
  /** What each tier comes to, in the order in which it is tried. */
  readonly chat: Readonly<Record<string, readonly TierModel[]>> &
    Readonly<Record<'fast' | 'smart', readonly TierModel[]>>;
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
} as const satisfies Record<string, Record<'fast' | 'smart', string>>;

/** What the tiers come to: what a variable says, else the models file, else a model of what is configured. */
export const tiersOf = (config: TierConfig, settings = new ModelSettings()): Tiers => {
  const vendor = vendorOf(config);
  return {
    chat: {
      ...settings.tiers,
      fast: asTier(config.BATON_MODEL_FAST) ?? settings.tiers['fast'] ?? [{ model: DEFAULTS[vendor].fast }],
      smart: asTier(config.BATON_MODEL_SMART) ??
        settings.tiers['smart'] ?? [{ model: DEFAULTS[vendor].smart }],
    },
    embedding: config.BATON_MODEL_EMBEDDING ?? settings.embedding ?? BUILT_IN_EMBEDDING_MODEL,
    openAIModelIsAGuess: !isOfficialOpenAI(config.OPENAI_BASE_URL),
  };
};

const asTier = (models: readonly string[] | undefined): readonly TierModel[] | undefined =>
  models?.map((model) => ({ model }));

/** A key says more than a base URL: the URL may point at a server that is not even running. */
const vendorOf = (config: TierConfig): keyof typeof DEFAULTS => {
  if (config.ANTHROPIC_API_KEY !== undefined) return 'anthropic';
  if (config.OPENAI_API_KEY !== undefined || config.OPENAI_BASE_URL !== undefined) return 'openai';
  return config.ANTHROPIC_BASE_URL === undefined ? 'offline' : 'anthropic';
};

/** OpenAI's own server, or Azure's of the same models: both know the newer parameters. */
export const isOfficialOpenAI = (baseUrl: string | undefined): boolean =>
  baseUrl === undefined || /(^|\.)openai\.(?:azure\.)?com$/.test(new URL(baseUrl).hostname);

const TIER_PREFIX = 'tier/';

/** The tier that a name means: `fast`, or `tier/fast`, which workflows take for tiers of a deployment's own. */
export const tierNamed = (tiers: Tiers, name: string): readonly TierModel[] | undefined => {
  const bare = name.startsWith(TIER_PREFIX) ? name.slice(TIER_PREFIX.length) : name;
  return Object.hasOwn(tiers.chat, bare) ? tiers.chat[bare] : undefined;
};

/** True for a model that nobody named: it came from {@link DEFAULTS}. */
export const isDefaultOpenAIModel = (model: string): boolean =>
  Object.values<string>(DEFAULTS.openai).includes(model);
