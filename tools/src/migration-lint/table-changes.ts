import type { Rule } from './migration.js';
import type { Node } from './sql.js';
import { columnOf, columnsNotNull, hasVolatileDefault } from './sql.js';
import type { Schema } from './schema.js';

/** What one ALTER TABLE does that it must not, with the words for it. */
export type Breach = readonly [Rule, string];

interface Command {
  readonly subtype: string;
  readonly name?: string;
  readonly def?: Record<string, Node>;
}

/** The commands of an ALTER TABLE on a table that was there before this migration. */
export const tableChanges = (table: string, commands: readonly Command[], schema: Schema): Breach[] =>
  commands.flatMap((command) => changeOf(table, command, schema));

const changeOf = (table: string, { subtype, name = '', def }: Command, schema: Schema): Breach[] => {
  const what = `${table}.${name}`;
  switch (subtype) {
    case 'AT_DropColumn':
      return [['drops-what-is-read', what]];
    case 'AT_AlterColumnType':
      return [['changes-a-type', what]];
    case 'AT_SetNotNull':
      return [
        ['demands-a-value', what],
        ...(schema.isCheckedNotNull(table, name) ? [] : [['set-not-null-unchecked', what] as const]),
      ];
    case 'AT_AddColumn':
      return addedColumn(table, def?.['ColumnDef'] ?? {});
    case 'AT_AddConstraint':
      return addedConstraint(table, def?.['Constraint'] ?? {}, schema);
    case 'AT_ValidateConstraint':
      schema.validate(table, name);
      return [];
    case 'AT_DropNotNull':
    case 'AT_DropConstraint':
      schema.forget(table, name);
      return [];
    default:
      return [];
  }
};

const addedColumn = (table: string, definition: Node): Breach[] => {
  const { name, isNotNull, hasDefault, isGenerated, isIdentity } = columnOf(definition);
  const what = `${table}.${name}`;
  return [
    ...(isNotNull && !hasDefault ? [['adds-not-null-without-default', what] as const] : []),
    ...(isGenerated || isIdentity || hasVolatileDefault(definition)
      ? [['rewrites-the-table', what] as const]
      : []),
  ];
};

const addedConstraint = (table: string, constraint: Node, schema: Schema): Breach[] => {
  const { contype, conname, skip_validation, indexname } = constraint as {
    contype: string;
    conname?: string;
    skip_validation?: boolean;
    indexname?: string;
  };
  const what = `${table}: ${conname ?? contype}`;
  switch (contype) {
    case 'CONSTR_CHECK':
      schema.check(table, conname ?? '', columnsNotNull(constraint), skip_validation !== true);
      return skip_validation === true ? [] : [['checks-under-a-lock', what]];
    case 'CONSTR_FOREIGN':
      return skip_validation === true ? [] : [['checks-under-a-lock', what]];
    case 'CONSTR_UNIQUE':
    case 'CONSTR_PRIMARY':
    case 'CONSTR_EXCLUSION':
      return indexname === undefined ? [['locks-writes', what]] : [];
    default:
      return [];
  }
};
