import type pg from 'pg';

import { fateOf, isOwnOfServer, SCHEMAS, type TableFate } from './catalog.js';

export interface Column {
  readonly name: string;
  readonly type: string;
}

export interface Table {
  readonly schema: string;
  readonly table: string;
  readonly fate: TableFate;
  readonly columns: readonly Column[];
}

/** Every table of the services' schemas, without the columns that another server must set for itself. */
export const tablesOf = async (client: pg.ClientBase): Promise<Table[]> => {
  const { rows } = await client.query<{ schema: string; table: string; columns: Column[] }>(
    `SELECT n.nspname AS schema, c.relname AS table,
            jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
                      ORDER BY a.attnum) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY($1)
      GROUP BY 1, 2 ORDER BY 1, 2`,
    [SCHEMAS],
  );
  return rows.map(({ schema, table, columns }) => ({
    schema,
    table,
    fate: fateOf(schema, table),
    columns: columns.filter(({ name }) => !isOwnOfServer(table, name)),
  }));
};

/** Parents before what refers to them. */
export const inOrderOfReferences = async <T extends { readonly schema: string; readonly table: string }>(
  client: pg.ClientBase,
  tables: readonly T[],
): Promise<T[]> => {
  const { rows } = await client.query<{ child: string; parent: string }>(
    `SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent
       FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid`,
  );
  const ordered: T[] = [];
  const waiting = [...tables];
  while (waiting.length > 0) {
    const next = waiting.findIndex(
      (each) =>
        !rows.some(
          ({ child, parent }) =>
            child === `${each.schema}.${each.table}` &&
            waiting.some((other) => `${other.schema}.${other.table}` === parent),
        ),
    );
    // Tables that refer to each other in a circle: as they come, and PostgreSQL says what it thinks of it.
    ordered.push(...waiting.splice(Math.max(next, 0), 1));
  }
  return ordered;
};

/** A table's rows, in an order that every server agrees on. */
export const selectOrdered = async (
  client: pg.ClientBase,
  { schema, table, columns }: Pick<Table, 'schema' | 'table' | 'columns'>,
): Promise<string> => {
  const { rows: key } = await client.query<{ name: string; collatable: boolean }>(
    `SELECT a.attname AS name, a.attcollation <> 0 AS collatable
       FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, ordinal)
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      WHERE i.indrelid = $1::regclass AND i.indisprimary ORDER BY k.ordinal`,
    [`${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)}`],
  );
  const order =
    key.length > 0
      ? key.map(
          ({ name, collatable }) => `t.${client.escapeIdentifier(name)}${collatable ? ' COLLATE "C"' : ''}`,
        )
      : ['t::text COLLATE "C"'];
  const list = columns.map(({ name }) => `t.${client.escapeIdentifier(name)}`).join(', ');
  return `SELECT ${list} FROM ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)} t ORDER BY ${order.join(', ')}`;
};
