import type { AuditRecord } from '../audit-entry.js';
import { hashOfRoot, isMacOf, type Leaf, NO_ROOT, type RootStatement } from '../audit-root.js';
import { leafOf } from '../audit.rows.js';
import { merkleRoot } from '../merkle.js';
import type { Finding } from './finding.js';

/** A root with all that is stored of it. */
export interface StoredRoot {
  readonly statement: RootStatement;
  readonly hash: Buffer;
  readonly mac: Buffer;
  readonly leaves: readonly Leaf[];
}

type Said = Pick<Finding, 'kind' | 'message'> & { readonly audit_id?: string };

const findingOf = ({ tenant_id, minute, seq }: RootStatement, said: Said): Finding => ({
  tenant_id,
  minute,
  seq,
  audit_id: null,
  ...said,
});

/** What does not fit between a minute's rows and what was sealed of them. */
export const compareRows = (root: StoredRoot, rows: readonly AuditRecord[]): Finding[] => {
  const sealed = new Map(root.leaves.map(({ auditId, hash }) => [auditId, hash]));
  const found = (said: Said): Finding => findingOf(root.statement, said);
  const findings = rows.flatMap((row): Finding[] => {
    const { audit_id } = row;
    const hash = sealed.get(audit_id);
    sealed.delete(audit_id);
    if (hash === undefined)
      return [
        found({ kind: 'row-inserted', audit_id, message: 'A row that was not there when it was sealed' }),
      ];
    if (!hash.equals(leafOf(row)))
      return [found({ kind: 'row-altered', audit_id, message: 'A row that is not as it was sealed' })];
    return [];
  });
  const gone = [...sealed.keys()].map((audit_id) =>
    found({ kind: 'row-removed', audit_id, message: 'A row that was sealed and is gone' }),
  );
  return [...findings, ...gone];
};

/**
 * What is wrong with a root itself, or between it and the one before.
 * @param before undefined for the first of the tenant
 */
export const checkRoot = (
  root: StoredRoot,
  before: { readonly seq: number; readonly minute: string; readonly hash: Buffer } | undefined,
  key: Buffer,
): Finding[] => {
  const { statement, leaves } = root;
  const found = (kind: Finding['kind'], message: string): Finding => findingOf(statement, { kind, message });
  const expected = (before?.seq ?? 0) + 1;
  if (statement.seq > expected) {
    const which =
      statement.seq - 1 === expected ? `Root ${expected}` : `Roots ${expected} to ${statement.seq - 1}`;
    return [
      found('root-removed', `${which} before this one: gone`),
      ...checkRoot(
        root,
        { seq: statement.seq - 1, minute: '', hash: Buffer.from(statement.previous_hash, 'hex') },
        key,
      ),
    ];
  }
  const merkle = merkleRoot(leaves.map(({ hash }) => hash)).toString('hex');
  const wrong: (string | false)[] = [
    statement.previous_hash !== (before?.hash ?? NO_ROOT).toString('hex') &&
      'does not follow from the root before it',
    before !== undefined &&
      statement.minute <= before.minute &&
      'is of no later minute than the root before it',
    (merkle !== statement.root_hash || leaves.length !== statement.size) &&
      'is not the root of the rows listed in it',
    !hashOfRoot(statement).equals(root.hash) && 'has another hash than what it says gives',
    !isMacOf(key, root.hash, root.mac) && 'was not sealed with the secret of this installation',
  ];
  return wrong.filter((each) => each !== false).map((each) => found('root-altered', `The root ${each}`));
};
