import { z } from 'zod';

import type { Finding } from './finding.js';

/** A root as `GET /api/v1/audit/roots` showed it, as far as it is needed here. */
const Kept = z.object({
  tenant_id: z.string(),
  seq: z.int().positive(),
  minute: z.iso.datetime({ precision: 3 }),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type KeptRoot = z.infer<typeof Kept>;

const Page = z.object({ items: z.array(Kept) });

/**
 * Reads roots that were kept: pages as they came, lists of roots, or a root a line.
 * @throws Error naming the line that is none of these
 */
export const readKeptRoots = (text: string): KeptRoot[] => {
  const whole = parsed(text);
  if (whole !== undefined) return rootsIn(whole, 'The file');
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), where: `Line ${index + 1}` }))
    .filter(({ line }) => line !== '')
    .flatMap(({ line, where }) => rootsIn(parsed(line), where));
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Not one JSON text: maybe one a line, and where it is neither, whoever asked says so.
    return undefined;
  }
};

const rootsIn = (value: unknown, where: string): KeptRoot[] => {
  const page = Page.safeParse(value);
  if (page.success) return page.data.items;
  const list = z.array(Kept).safeParse(Array.isArray(value) ? value : [value]);
  if (list.success) return list.data;
  throw new Error(`${where} holds no roots as GET /api/v1/audit/roots shows them`);
};

/** What was kept outside and is not so in the database. */
export const compareKept = (
  tenantId: string,
  kept: readonly KeptRoot[],
  stored: ReadonlyMap<number, string>,
  { from, to }: { readonly from?: Date | undefined; readonly to?: Date | undefined },
): Finding[] =>
  kept
    .filter(({ tenant_id }) => tenant_id === tenantId)
    .filter(({ minute }) => (!from || new Date(minute) >= from) && (!to || new Date(minute) < to))
    .filter(({ seq, hash }) => stored.get(seq) !== hash)
    .map(({ seq, minute }) => ({
      kind: stored.has(seq) ? 'root-differs' : 'root-removed',
      tenant_id: tenantId,
      minute,
      seq,
      audit_id: null,
      message: stored.has(seq)
        ? 'The root is another one than was kept: it and its rows were made anew'
        : 'The root that was kept is gone',
    }));
