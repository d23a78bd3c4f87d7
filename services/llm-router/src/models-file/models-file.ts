import { readFileSync } from 'node:fs';

import { parse } from 'yaml';
import { z } from 'zod';

import { BudgetRule } from '../budget/budget.js';
import { ModelSettings } from './model-settings.js';

const ModelName = z
  .string()
  .regex(/^(?:openai|anthropic|offline)\/.+$/, 'must be provider/model: openai, anthropic or offline');

const positive = z.int().positive();

const Condition = z.strictObject({
  max_input_tokens: positive.optional(),
  min_input_tokens: positive.optional(),
  tools: z.boolean().optional(),
  tenants: z.array(z.string()).min(1).optional(),
});

const TierModel = z.union([
  ModelName.transform((model) => ({ model })),
  z.strictObject({ model: ModelName, when: Condition.optional() }),
]);

const Limit = z
  .strictObject({
    model: ModelName.optional(),
    tenant: z.string().optional(),
    requests_per_minute: positive.optional(),
    tokens_per_minute: positive.optional(),
    concurrency: positive.optional(),
  })
  .refine(
    ({ requests_per_minute, tokens_per_minute, concurrency }) =>
      (requests_per_minute ?? tokens_per_minute ?? concurrency) !== undefined,
    'limits nothing: give requests_per_minute, tokens_per_minute or concurrency',
  );

const Seconds = z
  .string()
  .regex(/^\d+[smhd]$/, 'must be a duration as 30s, 10m, 1h or 7d')
  .transform(
    (text) => Number.parseInt(text) * ({ s: 1, m: 60, h: 3_600, d: 86_400 }[text.at(-1) ?? 's'] ?? 1),
  );

const ModelsFile = z.strictObject({
  tiers: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_-]*$/, 'must be lower-case letters, digits, _ and -'),
      z.array(TierModel).min(1),
    )
    .refine((tiers) => !('embedding' in tiers), 'embedding is not a tier: give `embedding: openai/<model>`')
    .default({}),
  embedding: z
    .string()
    .regex(/^(?:openai|builtin)\/.+$/, 'must be openai/<model> or builtin/use-lite')
    .optional(),
  limits: z.array(Limit).default([]),
  budgets: z.array(BudgetRule).default([]),
  cache: z
    .strictObject({
      embeddings: z.boolean().default(true),
      chat: z.boolean().default(false),
      ttl: Seconds.default(3_600),
    })
    .prefault({}),
});

/**
 * Reads an operator's models file (YAML, or JSON, which is YAML).
 * @throws Error that names the place
 */
export const readModelsFile = (path: string): ModelSettings => {
  const parsed = ModelsFile.safeParse(parse(readFileSync(path, 'utf8')) ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not a models file'}`);
  }
  const { tiers, embedding, limits, budgets, cache } = parsed.data;
  const { ttl, ...cached } = cache;
  return new ModelSettings(tiers, embedding, limits, budgets, { ...cached, ttlSeconds: ttl });
};
