import { readFileSync } from 'node:fs';

import { PRIORITIES, type Priority, type RoutingPolicy, RelaxStep } from '@baton/contracts';
import { parse } from 'yaml';
import { z } from 'zod';

import type { AssignmentPolicy, QueuePolicy } from './queue-code.js';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const Duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'must be a duration such as 30s or 5m')
  .transform((text) => Number.parseFloat(text) * UNITS[text.replace(/[\d.]/g, '') as keyof typeof UNITS]);

const Relax = RelaxStep.omit({ after_ms: true })
  .extend({ after: Duration })
  .transform(({ after, ...step }) => ({ after_ms: after, ...step }));

/** A policy to try: what it leaves out is as the product has it. */
const PolicyFile = z.strictObject({
  name: z.string().optional(),
  fit: z.enum(['best', 'closest']).optional(),
  fair_per_hour: z.int().min(1).optional(),
  head_start: z
    .strictObject(Object.fromEntries(PRIORITIES.map((each) => [each, Duration.optional()])))
    .optional(),
  usual_sla: Duration.optional(),
  sla_warned: Duration.optional(),
  heavy_hold_after: Duration.optional(),
  missed_offers_limit: z.int().min(1).optional(),
  wrap_up: Duration.optional(),
  language: z.enum(['preferred', 'required']).default('preferred'),
  sla: z
    .strictObject({ first_response: Duration, warn_at: z.number().min(0).max(1).default(0.8) })
    .optional(),
  offer: z
    .strictObject({
      timeout: Duration.optional(),
      parallel: z.int().min(1).max(50).optional(),
      mode: z.enum(['offer', 'auto_accept']).optional(),
      known_first: Duration.optional(),
      known_wait: Duration.optional(),
    })
    .default({}),
  relax: z.array(Relax).optional(),
});

export interface TriedPolicy {
  readonly name: string;
  readonly queue: QueuePolicy;
  /** Of every item; those without skills have nothing to relax. */
  readonly routing: RoutingPolicy;
  readonly isLanguageRequired: boolean;
}

const RELAX: RoutingPolicy['relax'] = [
  { after_ms: 120_000, levels: -1 },
  { after_ms: 300_000, levels: -2 },
  { after_ms: 600_000, anyone: true },
];

/** @throws Error with all that is wrong in the file */
export const readPolicy = (file: string, product: AssignmentPolicy): TriedPolicy => {
  const parsed = PolicyFile.safeParse(parse(readFileSync(file, 'utf8')) ?? {});
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return policyOf({ ...parsed.data, name: parsed.data.name ?? file.replace(/^.*\//, '') }, product);
};

export const todaysPolicy = (product: AssignmentPolicy): TriedPolicy =>
  policyOf({ ...PolicyFile.parse({}), name: "today's" }, product);

const policyOf = (
  file: z.output<typeof PolicyFile> & { name: string },
  product: AssignmentPolicy,
): TriedPolicy => ({
  name: file.name,
  isLanguageRequired: file.language === 'required',
  queue: {
    wrapUpMs: file.wrap_up ?? 30_000,
    missedOffersLimit: file.missed_offers_limit ?? 3,
    assignment: {
      ...product,
      ...given({
        fit: file.fit,
        fairPerHour: file.fair_per_hour,
        usualSlaMs: file.usual_sla,
        slaWarnedMs: file.sla_warned,
        heavyHoldAfterMs: file.heavy_hold_after,
      }),
      headStartMs: { ...product.headStartMs, ...(given(file.head_start ?? {}) as Record<Priority, number>) },
    },
  },
  routing: {
    relax: file.relax ?? RELAX,
    sla: { first_response_ms: file.sla?.first_response ?? 300_000, warn_at: file.sla?.warn_at ?? 0.8 },
    offer: {
      timeout_ms: file.offer.timeout ?? 30_000,
      parallel: file.offer.parallel ?? 1,
      mode: file.offer.mode ?? 'offer',
      known_first_ms: file.offer.known_first ?? product.knownFirstMs,
      known_wait_ms: file.offer.known_wait ?? 0,
    },
    no_agent_available: 'wait',
    abandoned_after_ms: 1_800_000,
  },
});

/** Without what was left out. */
const given = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
