import { readFile } from 'node:fs/promises';

import { type Database, deriveKey } from '@baton/service';

import type { AuditCommand } from './arguments.js';
import { exportText } from '../audit-export.js';
import { AuditRepository } from '../audit.repository.js';
import { AuditRootRepository, toRootView } from '../audit-root.repository.js';
import { ROOT_KEY_LABEL } from '../sealer.js';
import type { Finding, Verdict } from '../verify/finding.js';
import { type KeptRoot, readKeptRoots } from '../verify/kept-roots.js';
import { TenantVerification } from '../verify/verify-tenant.js';

export interface Surroundings {
  readonly database: Database;
  readonly rootSecret: string;
  /** Resolves when it is taken. */
  readonly write: (text: string) => Promise<void>;
}

const ROOTS_AT_ONCE = 1000;

/** @returns the exit code */
export const run = async (command: AuditCommand, around: Surroundings): Promise<number> => {
  switch (command.verb) {
    case 'verify':
      return verify(command, around);
    case 'export':
      return exportRows(command, around);
    case 'roots':
      return writeRoots(command, around);
    default:
      return command satisfies never;
  }
};

const verify = async (
  { tenant, from, to, rootsFile, json }: Extract<AuditCommand, { verb: 'verify' }>,
  { database, rootSecret, write }: Surroundings,
): Promise<number> => {
  const kept = rootsFile === undefined ? undefined : readKeptRoots(await readFile(rootsFile, 'utf8'));
  const roots = new AuditRootRepository(database);
  const options = {
    key: deriveKey(rootSecret, ROOT_KEY_LABEL),
    kept,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
  const verdicts: Verdict[] = [];
  for (const tenantId of tenant === undefined ? await tenantsOf(roots, kept) : [tenant])
    verdicts.push(await new TenantVerification(tenantId, roots, options).run(database));
  const isSound = verdicts.every(({ findings }) => findings.length === 0);
  if (json) await write(`${JSON.stringify({ sound: isSound, tenants: verdicts }, null, 2)}\n`);
  else for (const verdict of verdicts) await write(textOf(verdict));
  return isSound ? 0 : 1;
};

/** A tenant of which nothing is left but a root that was kept is a tenant too. */
const tenantsOf = async (roots: AuditRootRepository, kept: readonly KeptRoot[] = []): Promise<string[]> => [
  ...new Set([...(await roots.tenants()), ...kept.map(({ tenant_id }) => tenant_id)]),
];

const textOf = ({ tenant_id, rows, roots, pending, head, findings }: Verdict): string => {
  const last = head ? `, the last one ${head.seq} of ${head.minute}: ${head.hash}` : '';
  const open = pending > 0 ? `; ${pending} rows are too new to be sealed` : '';
  const verdict = findings.length === 0 ? 'nothing was changed' : `${findings.length} findings`;
  const lines = [
    `${tenant_id}: ${verdict}. ${rows} rows under ${roots} roots${last}${open}`,
    ...findings.map(lineOf),
  ];
  return lines.map((line) => `${line}\n`).join('');
};

const lineOf = ({ kind, minute, seq, audit_id, message }: Finding): string => {
  const what = [audit_id, minute && `minute ${minute}`, seq !== null && `root ${seq}`].filter(Boolean);
  return `  ${kind}  ${what.join(', ')}: ${message}`;
};

const exportRows = async (
  { tenant, filter, format, by }: Extract<AuditCommand, { verb: 'export' }>,
  { database, write }: Surroundings,
): Promise<number> => {
  const repository = new AuditRepository(database);
  // Behind this there is this very row, and what is written while it is read.
  const [clock] = await database.system<{ now: Date }>('SELECT clock_timestamp() AS now');
  const now = (clock?.now ?? new Date()).toISOString();
  const to = filter.to !== undefined && filter.to < now ? filter.to : now;
  await repository.add([
    {
      tenantId: tenant,
      actor: { type: 'operator', id: by },
      action: 'audit.exported',
      object: { type: 'audit', id: '*' },
      outcome: 'SUCCEEDED',
      details: { format, to, ...(filter.from !== undefined && { from: filter.from }) },
    },
  ]);
  for await (const text of exportText(repository, tenant, { ...filter, to }, format)) await write(text);
  return 0;
};

const writeRoots = async (
  { tenant, from, to }: Extract<AuditCommand, { verb: 'roots' }>,
  { database, write }: Surroundings,
): Promise<number> => {
  const roots = new AuditRootRepository(database);
  for (let after = 0; ;) {
    const page = await roots.list(tenant, { from, to }, { after, limit: ROOTS_AT_ONCE });
    await write(page.map((row) => `${JSON.stringify(toRootView(row))}\n`).join(''));
    const last = page.at(-1);
    if (!last || page.length < ROOTS_AT_ONCE) return 0;
    after = Number(last.seq);
  }
};
