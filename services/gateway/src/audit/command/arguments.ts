import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';

import { DEFAULT_TENANT } from '@baton/contracts';

import { type AuditOutcome, OUTCOMES } from '../audit-entry.js';
import { EXPORT_FORMATS, type ExportFormat } from '../audit-export.js';
import { type AuditFilter, readFilter } from '../audit-filter.js';

export const USAGE = `npm run audit -- verify [--tenant t] [--from time] [--to time] [--roots file] [--json]
npm run audit -- export [--tenant t] [--format ndjson|csv] [--from time] [--to time]
                        [--actor a] [--object o] [--action a] [--outcome o] [--by name]
npm run audit -- roots  [--tenant t] [--from time] [--to time]

verify  holds every row against the root of its minute and every root against the one before, of all tenants unless
        one is named; --roots: a file of roots that were kept elsewhere, as "roots" or GET /api/v1/audit/roots wrote it
export  writes the rows to standard output, oldest first, and a row that says so into the trail
roots   writes the roots to standard output, one a line: keep them where whoever has the database has nothing to say

Exit codes: 0 nothing was changed, 1 something was (or the command failed), 2 wrong usage.`;

export class UsageError extends Error {}

interface Range {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export type AuditCommand =
  | ({
      readonly verb: 'verify';
      readonly tenant: string | undefined;
      readonly rootsFile: string | undefined;
      readonly json: boolean;
    } & Range)
  | {
      readonly verb: 'export';
      readonly tenant: string;
      readonly filter: AuditFilter;
      readonly format: ExportFormat;
      readonly by: string;
    }
  | ({ readonly verb: 'roots'; readonly tenant: string } & Range);

const TEXT = { type: 'string' } as const;
const OPTIONS_OF = {
  verify: ['tenant', 'from', 'to', 'roots', 'json'],
  export: ['tenant', 'from', 'to', 'actor', 'object', 'action', 'outcome', 'format', 'by'],
  roots: ['tenant', 'from', 'to'],
} as const;
const OPTIONS = {
  ...{ tenant: TEXT, from: TEXT, to: TEXT, roots: TEXT, actor: TEXT, object: TEXT, action: TEXT },
  ...{ outcome: TEXT, format: TEXT, by: TEXT },
  json: { type: 'boolean' },
} as const;

/** @throws UsageError saying what is missing or wrong */
export const parseCommand = (argv: readonly string[]): AuditCommand => {
  const { values, positionals } = read(argv);
  const [verb, ...rest] = positionals;
  if (verb !== 'verify' && verb !== 'export' && verb !== 'roots')
    throw new UsageError(verb === undefined ? 'Say what to do' : `There is no "${verb}"`);
  if (rest.length > 0) throw new UsageError(`${verb} takes options only`);
  const taken: readonly string[] = OPTIONS_OF[verb];
  const foreign = Object.keys(values).find((name) => !taken.includes(name));
  if (foreign !== undefined) throw new UsageError(`${verb} takes no --${foreign}`);
  const { from, to, ...filter } = filterOf(values);
  const range = { from, to };
  const tenant = values.tenant ?? DEFAULT_TENANT;
  switch (verb) {
    case 'verify':
      return { verb, ...range, tenant: values.tenant, rootsFile: values.roots, json: values.json ?? false };
    case 'roots':
      return { verb, tenant, ...range };
    case 'export': {
      const format = oneOf('format', EXPORT_FORMATS, values.format) ?? 'ndjson';
      return { verb, tenant, filter: { ...range, ...filter }, format, by: values.by ?? userInfo().username };
    }
    default:
      return verb satisfies never;
  }
};

type Values = ReturnType<typeof read>['values'];

const filterOf = (values: Values): AuditFilter => {
  const outcome = oneOf<AuditOutcome>('outcome', OUTCOMES, values.outcome);
  const { from, to, actor, object, action } = values;
  try {
    return readFilter({
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(actor !== undefined && { actor }),
      ...(object !== undefined && { object }),
      ...(action !== undefined && { action }),
      ...(outcome && { outcome }),
    });
  } catch {
    throw new UsageError('--from and --to are times such as 2026-11-22 or 2026-11-22T10:00:00Z');
  }
};

const oneOf = <T extends string>(
  name: string,
  known: readonly T[],
  value: string | undefined,
): T | undefined => {
  if (value === undefined) return undefined;
  const found = known.find((each) => each === value);
  if (found === undefined) throw new UsageError(`--${name} is one of ${known.join(', ')}`);
  return found;
};

const read = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};
