import { baseConfigSchema } from '@baton/service';
import { z } from 'zod';

import { readModelsFile } from './models-file/models-file.js';
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

const readable =
  (read: (path: string) => unknown) =>
  (path: string, check: z.RefinementCtx): void => {
    try {
      read(path);
    } catch (error) {
      check.addIssue({ code: 'custom', message: (error as Error).message });
    }
  };

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
    BATON_PRICES_FILE: z.string().superRefine(readable(loadPrices)).optional(),
    /** Tiers, limits, budgets and the cache: docs/models.md. */
    BATON_MODELS_FILE: z.string().superRefine(readable(readModelsFile)).optional(),
    /** `true`: prompts and answers are in the traces, redacted. */
    OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: z.enum(['true', 'false']).default('false'),
  })
  .superRefine((config, check) => {
    for (const name of ['BATON_MODEL_FAST', 'BATON_MODEL_SMART', 'BATON_MODEL_EMBEDDING'] as const) {
      for (const model of [config[name] ?? []].flat()) {
        const missing = missingFor(model, config);
        if (missing) check.addIssue({ code: 'custom', path: [name], message: `${model} needs ${missing}` });
      }
    }
    for (const model of namedInFile(config.BATON_MODELS_FILE)) {
      const missing = missingFor(model, config);
      if (missing)
        check.addIssue({ code: 'custom', path: ['BATON_MODELS_FILE'], message: `${model} needs ${missing}` });
    }
  });
export type RouterConfig = z.output<typeof configSchema>;

/** Every model that a tier of the file names; a file that is wrong is told of elsewhere. */
const namedInFile = (path: string | undefined): readonly string[] => {
  if (path === undefined) return [];
  try {
    const { tiers, embedding } = readModelsFile(path);
    return [...Object.values(tiers).flatMap((models) => models.map(({ model }) => model)), embedding ?? ''];
  } catch {
    return [];
  }
};

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
