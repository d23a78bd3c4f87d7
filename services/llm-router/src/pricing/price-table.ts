import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import type { TokenUsage } from '../providers/provider.js';
import { formatMoney, parseMoney } from './money.js';

const Amount = z.string().regex(/^\d+(\.\d{1,9})?$/, 'must be a decimal string in USD');

const PriceRow = z.strictObject({
  /** `provider/model`; also counts for the dated snapshots of that model. */
  model: z.string().regex(/^[a-z]+\/.+$/),
  /** The day, UTC, from which it counts. */
  from: z.iso.date(),
  /** USD per million tokens. */
  input: Amount,
  cached_input: Amount,
  output: Amount,
  /** The row counts for prompts longer than this. */
  above_input_tokens: z.int().positive().optional(),
});
export type PriceRow = z.output<typeof PriceRow>;

export const PriceFile = z.looseObject({ prices: z.array(PriceRow) });

const PER = 1_000_000n;

/** What a model costs, by day: a later row of the same model replaces an earlier one from its day on. */
export class PriceTable {
  constructor(private readonly rows: readonly PriceRow[]) {}

  /** USD as a decimal string, unrounded; undefined where nobody gave a price for this model. */
  cost(model: string, usage: TokenUsage, day: string): string | undefined {
    const row = this.find(model, usage.input, day);
    if (!row) return undefined;
    const fresh = BigInt(Math.max(0, usage.input - usage.cachedInput));
    const total =
      fresh * parseMoney(row.input) +
      BigInt(usage.cachedInput) * parseMoney(row.cached_input) +
      BigInt(usage.output) * parseMoney(row.output);
    return formatMoney(total / PER);
  }

  private find(model: string, inputTokens: number, day: string): PriceRow | undefined {
    const named = this.rows.filter((row) => row.model === model);
    const candidates = named.length > 0 ? named : this.rows.filter((row) => isSnapshotOf(model, row.model));
    return candidates
      .filter((row) => row.from <= day && (row.above_input_tokens ?? 0) <= inputTokens)
      .reduce<PriceRow | undefined>((best, row) => (best && !isBetter(row, best) ? best : row), undefined);
  }
}

/** The later day first, then the narrower condition. */
const isBetter = (row: PriceRow, best: PriceRow): boolean =>
  row.from === best.from
    ? (row.above_input_tokens ?? 0) >= (best.above_input_tokens ?? 0)
    : row.from > best.from;

/** "gpt-5.4-mini-2026-03-17" is billed as "gpt-5.4-mini". */
const isSnapshotOf = (model: string, base: string): boolean =>
  model.startsWith(`${base}-`) && /^-\d{4}-?\d{2}-?\d{2}$/.test(model.slice(base.length));

const SHIPPED = fileURLToPath(new URL('../../prices.json', import.meta.url));

/** The prices that Baton ships, and before them those of a file of the operator's. */
export const loadPrices = (overrides?: string): PriceTable => {
  const shipped = readPrices(SHIPPED);
  if (overrides === undefined) return new PriceTable(shipped);
  const own = readPrices(overrides);
  const theirs = new Set(own.map((row) => row.model));
  return new PriceTable([...own, ...shipped.filter((row) => !theirs.has(row.model))]);
};

const readPrices = (path: string): readonly PriceRow[] => {
  const parsed = PriceFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data.prices;
  const [issue] = parsed.error.issues;
  throw new Error(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not a price table'}`);
};
