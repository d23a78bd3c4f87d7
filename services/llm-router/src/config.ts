import { baseConfigSchema } from '@baton/service';
import { z } from 'zod';

import { loadPrices } from './pricing/price-table.js';

const PROVIDERS = ['openai', 'anthropic', 'offline'] as const;
const EMBEDDING_PROVIDERS = ['openai', 'builtin'] as const;

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

const reference = (providers: readonly string[]): z.ZodType<string, string> =>
  z
    .string()
    .refine(
      (text) =>
        providers.some((provider) => text.startsWith(`${provider}/`) && text.length > provider.length + 1),
      `must be provider/model, the provider one of ${providers.join(', ')}`,
    );

/** One model, or several in the order in which they are tried. */
const chatModels = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(reference(PROVIDERS)));

const pricesFile = z.string().superRefine((path, check) => {
  try {
    loadPrices(path);
  } catch (error) {
    check.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

export const configSchema = baseConfigSchema
  .extend({
    OPENAI_API_KEY: z.string().optional(),
    OPENAI_BASE_URL: httpUrl.optional(),
    ANTHROPIC_API_KEY: z.string().optional(),
    ANTHROPIC_BASE_URL: httpUrl.optional(),
    BATON_MODEL_FAST: chatModels.optional(),
    BATON_MODEL_SMART: chatModels.optional(),
    BATON_MODEL_EMBEDDING: reference(EMBEDDING_PROVIDERS).optional(),
    /** Prices that count before the shipped ones. */
    BATON_PRICES_FILE: pricesFile.optional(),
  })
  .superRefine((config, check) => {
    for (const name of ['BATON_MODEL_FAST', 'BATON_MODEL_SMART', 'BATON_MODEL_EMBEDDING'] as const) {
      for (const model of [config[name] ?? []].flat()) {
        const missing = missingFor(model, config);
        if (missing) check.addIssue({ code: 'custom', path: [name], message: `${model} needs ${missing}` });
      }
    }
  });
export type RouterConfig = z.output<typeof configSchema>;

const missingFor = (
  model: string,
  config: {
    readonly OPENAI_API_KEY?: string | undefined;
    readonly OPENAI_BASE_URL?: string | undefined;
    readonly ANTHROPIC_API_KEY?: string | undefined;
    readonly ANTHROPIC_BASE_URL?: string | undefined;
  },
): string | undefined => {
  if (
    model.startsWith('openai/') &&
    config.OPENAI_API_KEY === undefined &&
    config.OPENAI_BASE_URL === undefined
  )
    return 'OPENAI_API_KEY or OPENAI_BASE_URL';
  if (
    model.startsWith('anthropic/') &&
    config.ANTHROPIC_API_KEY === undefined &&
    config.ANTHROPIC_BASE_URL === undefined
  )
    return 'ANTHROPIC_API_KEY';
  return undefined;
};
