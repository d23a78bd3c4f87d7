import type { LintedMigration } from './migration.js';
import { type Schema } from './schema.js';
import { objectNames, relationName, type Node, type Statement, statementsIn } from './sql.js';
import { type Breach, tableChanges } from './table-changes.js';

/** What is dropped with something in it, or known to those who run. Indexes are only slow to be without. */
const DROPPED = new Set([
  ...['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_SCHEMA', 'OBJECT_SEQUENCE', 'OBJECT_TYPE'],
  ...[
    'OBJECT_FUNCTION',
    'OBJECT_PROCEDURE',
    'OBJECT_ROUTINE',
    'OBJECT_POLICY',
    'OBJECT_TRIGGER',
    'OBJECT_DOMAIN',
  ],
]);

/** What a migration does that it must not, whatever it says of itself; `schema` learns what it makes. */
export const breachesOf = async (migration: LintedMigration, schema: Schema): Promise<Breach[]> => {
  const breaches: Breach[] = [];
  const made = new Set<string>();
  const remade = new Set<string>();
  const parsed: Statement[] = [];
  for (const sql of migration.statements) {
    try {
      parsed.push(...(await statementsIn(sql)));
    } catch (error) {
      breaches.push(['can-not-be-read', `${(error as Error).message}: ${sql.trim().slice(0, 80)}`]);
    }
  }
  for (const { kind, node } of parsed) {
    if (kind === 'CreateStmt') made.add(relationName(node['relation']));
    if (kind === 'CreateFunctionStmt')
      remade.add(objectNames([{ List: { items: node['funcname'] } }])[0] ?? '');
    if (kind === 'CreatePolicyStmt' || kind === 'CreateTrigStmt')
      remade.add(String(node['policy_name'] ?? node['trigname']));
    if (kind === 'ViewStmt') remade.add(relationName(node['view']));
  }
  const isOld = (table: string): boolean => schema.has(table) && !made.has(table);
  for (const statement of parsed)
    breaches.push(
      ...breachesIn(statement, { isOld, remade, schema, isInTransaction: migration.isInTransaction }),
    );
  for (const table of made) schema.add(table);
  return breaches;
};

interface Known {
  readonly isOld: (table: string) => boolean;
  /** Made anew in the same transaction: nobody sees them missing. */
  readonly remade: ReadonlySet<string>;
  readonly schema: Schema;
  readonly isInTransaction: boolean;
}

const breachesIn = ({ kind, node }: Statement, known: Known): Breach[] => {
  const table = relationName(node['relation']);
  switch (kind) {
    case 'AlterTableStmt': {
      const commands = (
        (node['cmds'] ?? []) as { AlterTableCmd: Parameters<typeof tableChanges>[1][number] }[]
      ).map((each) => each.AlterTableCmd);
      return node['objtype'] === 'OBJECT_TABLE' && known.isOld(table)
        ? tableChanges(table, commands, known.schema)
        : [];
    }
    case 'DropStmt':
      return dropped(node, known);
    case 'TruncateStmt':
      return [['drops-what-is-read', 'TRUNCATE']];
    case 'RenameStmt':
      return node['renameType'] === 'OBJECT_INDEX' || node['renameType'] === 'OBJECT_TABCONSTRAINT'
        ? []
        : [['renames', `${table} to ${String(node['newname'])}`]];
    case 'AlterObjectSchemaStmt':
      return [['renames', `${table} to schema ${String(node['newschema'])}`]];
    case 'AlterEnumStmt':
      return node['oldVal'] === undefined ? [] : [['renames', `value ${node['oldVal'] as string}`]];
    case 'IndexStmt':
      if (node['concurrent'] === true)
        return known.isInTransaction ? [['concurrently-in-a-transaction', String(node['idxname'])]] : [];
      return known.isOld(table) ? [['locks-writes', `index ${String(node['idxname'])} on ${table}`]] : [];
    case 'GrantStmt':
      return node['is_grant'] === true ? [] : [['revokes', objectNames(node['objects']).join(', ')]];
    case 'UpdateStmt':
    case 'DeleteStmt':
      return known.isOld(table)
        ? [['changes-every-row', `${kind === 'UpdateStmt' ? 'UPDATE' : 'DELETE'} ${table}`]]
        : [];
    case 'DoStmt':
      return [['can-not-be-seen-through', 'DO']];
    default:
      return [];
  }
};

const dropped = (node: Node, { remade, isInTransaction }: Known): Breach[] => {
  const kind = String(node['removeType']);
  const names = objectNames(node['objects']);
  if (kind === 'OBJECT_INDEX') {
    if (node['concurrent'] === true)
      return isInTransaction ? [['concurrently-in-a-transaction', names.join(', ')]] : [];
    return [['locks-writes', `DROP INDEX ${names.join(', ')}`]];
  }
  if (!DROPPED.has(kind)) return [];
  const gone = names.filter((name) => !remade.has(name) && !remade.has(name.split('.').at(-1) ?? name));
  return gone.map((name) => ['drops-what-is-read', `${kind.slice('OBJECT_'.length).toLowerCase()} ${name}`]);
};
