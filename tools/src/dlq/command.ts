import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';

import type { LetterFilter } from '@baton/event-store';

import { parseLetterId, type LetterId } from './letter.js';

export const USAGE = `npm run dlq -- list [--all] [--check] [filters]
npm run dlq -- show <id> [--open]
npm run dlq -- replay <id>... | --all | filters   [--reason text] [--wait seconds]
npm run dlq -- drop <id>... --reason text          [--wait seconds]

filters: --service s  --consumer c  --tenant t  --type e  --stream id
also:    --json  --by name

list --all shows settled letters too; list --check exits with 1 where any is open.
What people said is shown as [sealed]; show --open asks the running Baton for the key.
Exit codes: 0 done, 1 failed (or failed again), 2 wrong usage, 3 asked for, not settled within --wait.`;

export class UsageError extends Error {}

export interface Selection extends Omit<LetterFilter, 'id'> {
  readonly service?: string;
}

interface Output {
  readonly json: boolean;
}
export type Command = Output &
  (
    | { readonly verb: 'list'; readonly filter: Selection; readonly check: boolean }
    | { readonly verb: 'show'; readonly id: LetterId; readonly open: boolean }
    | ({ readonly verb: 'replay'; readonly ids: readonly LetterId[]; readonly filter: Selection } & Asking)
    | ({ readonly verb: 'drop'; readonly ids: readonly LetterId[] } & Asking)
  );

export interface Asking {
  readonly by: string;
  readonly reason: string | null;
  /** How long the consumer may take to settle a letter. */
  readonly waitMs: number;
}

const DEFAULT_WAIT_S = 30;

const OPTIONS = {
  service: { type: 'string' },
  consumer: { type: 'string' },
  tenant: { type: 'string' },
  type: { type: 'string' },
  stream: { type: 'string' },
  all: { type: 'boolean' },
  check: { type: 'boolean' },
  open: { type: 'boolean' },
  json: { type: 'boolean' },
  reason: { type: 'string' },
  by: { type: 'string' },
  wait: { type: 'string' },
} as const;

/** @throws UsageError saying what is missing or wrong */
export const parseCommand = (argv: readonly string[]): Command => {
  const { values, positionals } = read(argv);
  const [verb, ...rest] = positionals;
  const ids = rest.map((text) => {
    const id = parseLetterId(text);
    if (!id) throw new UsageError(`"${text}" is no id of a dead letter: they look like memory-worker/12`);
    return id;
  });
  const filter: Selection = {
    ...(values.service !== undefined && { service: values.service }),
    ...(values.consumer !== undefined && { consumer: values.consumer }),
    ...(values.tenant !== undefined && { tenantId: values.tenant }),
    ...(values.type !== undefined && { type: values.type }),
    ...(values.stream !== undefined && { streamId: values.stream }),
  };
  const json = values.json ?? false;
  const asking: Asking = {
    by: values.by ?? userInfo().username,
    reason: values.reason?.trim() || null,
    waitMs: waitOf(values.wait) * 1000,
  };
  switch (verb) {
    case 'list':
      if (ids.length > 0) throw new UsageError('list takes filters; one letter is shown with show <id>');
      return {
        verb,
        json,
        filter: { ...filter, all: values.all ?? false },
        check: values.check ?? false,
      };
    case 'show': {
      const [id, ...more] = ids;
      if (!id || more.length > 0) throw new UsageError('show takes one id');
      return { verb, json, id, open: values.open ?? false };
    }
    case 'replay':
      if (ids.length === 0 && !values.all && Object.keys(filter).length === 0)
        throw new UsageError('replay takes ids, filters or --all');
      if (ids.length > 0 && (values.all || Object.keys(filter).length > 0))
        throw new UsageError('replay takes either ids or filters');
      return { verb, json, ids, filter, ...asking };
    case 'drop':
      if (ids.length === 0) throw new UsageError('drop takes ids: what is given up is named one by one');
      if (asking.reason === null) throw new UsageError('drop needs a --reason: it goes into the journal');
      return { verb, json, ids, ...asking };
    default:
      throw new UsageError(verb === undefined ? 'What is to be done?' : `There is no command ${verb}`);
  }
};

const read = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const waitOf = (text: string | undefined): number => {
  if (text === undefined) return DEFAULT_WAIT_S;
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0 && seconds <= 86_400))
    throw new UsageError(`--wait: "${text}" is no number of seconds up to a day`);
  return seconds;
};
