import { parse } from 'libpg-query';

/** A node of PostgreSQL's own parse tree. */
export type Node = Readonly<Record<string, unknown>>;

/** One statement: the name of its node, and the node. */
export interface Statement {
  readonly kind: string;
  readonly node: Node;
}

/**
 * The statements in a text, by PostgreSQL's own parser.
 * @throws Error with PostgreSQL's words where it would refuse the text
 */
export const statementsIn = async (sql: string): Promise<Statement[]> => {
  const { stmts = [] } = (await parse(sql)) as unknown as { stmts?: { stmt: Record<string, Node> }[] };
  return stmts.flatMap(({ stmt }) => Object.entries(stmt).map(([kind, node]) => ({ kind, node })));
};

/** `schema.name` of a table as it was written. */
export const relationName = (relation: unknown): string => {
  const { schemaname, relname } = (relation ?? {}) as { schemaname?: string; relname?: string };
  return schemaname === undefined ? (relname ?? '?') : `${schemaname}.${relname}`;
};

/** The dotted names in the `objects` of a DROP. */
export const objectNames = (objects: unknown): string[] =>
  ((objects ?? []) as Node[]).map((object) => {
    const { items = (object['ObjectWithArgs'] as Node | undefined)?.['objname'] } = (object['List'] ??
      {}) as Node;
    const parts = (items ?? [object]) as Node[];
    return parts.map((part) => (part['String'] as { sval?: string } | undefined)?.sval ?? '?').join('.');
  });

interface ColumnFacts {
  readonly name: string;
  readonly isNotNull: boolean;
  readonly hasDefault: boolean;
  readonly isGenerated: boolean;
  readonly isIdentity: boolean;
}

const constraintsOf = (definition: Node): { contype: string; raw_expr?: unknown }[] =>
  ((definition['constraints'] ?? []) as Record<string, { contype: string; raw_expr?: unknown }>[]).flatMap(
    (each) => (each['Constraint'] ? [each['Constraint']] : []),
  );

/** What a column's definition says. */
export const columnOf = (definition: Node): ColumnFacts => {
  const kinds = new Set(constraintsOf(definition).map(({ contype }) => contype));
  return {
    name: (definition['colname'] as string | undefined) ?? '?',
    isNotNull: kinds.has('CONSTR_NOTNULL') || kinds.has('CONSTR_PRIMARY'),
    hasDefault: kinds.has('CONSTR_DEFAULT') || kinds.has('CONSTR_IDENTITY') || kinds.has('CONSTR_GENERATED'),
    isGenerated: kinds.has('CONSTR_GENERATED'),
    isIdentity: kinds.has('CONSTR_IDENTITY'),
  };
};

/** Functions that give every row the same value: PostgreSQL then stores it once. */
const STABLE = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'current_setting',
  'jsonb_build_object',
]);

/** Whether each row would get a value of its own, and be written for it. */
export const hasVolatileDefault = (definition: Node): boolean =>
  constraintsOf(definition).some(
    ({ contype, raw_expr }) =>
      contype === 'CONSTR_DEFAULT' && functionsIn(raw_expr).some((name) => !STABLE.has(name)),
  );

const functionsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(functionsIn);
  const own = (value as Node)['FuncCall'] as { funcname?: { String?: { sval?: string } }[] } | undefined;
  const name = own?.funcname?.at(-1)?.String?.sval;
  return [...(name === undefined ? [] : [name]), ...Object.values(value).flatMap(functionsIn)];
};

/** The columns that a CHECK demands to be something, where that is all it does: `a IS NOT NULL [AND …]`. */
export const columnsNotNull = (constraint: Node): string[] =>
  notNullIn(constraint['raw_expr'] as Node | undefined);

const notNullIn = (expression: Node | undefined): string[] => {
  const all = expression?.['BoolExpr'] as { boolop?: string; args?: Node[] } | undefined;
  if (all?.boolop === 'AND_EXPR') return (all.args ?? []).flatMap(notNullIn);
  const test = expression?.['NullTest'] as { nulltesttype?: string; arg?: Node } | undefined;
  if (test?.nulltesttype !== 'IS_NOT_NULL') return [];
  const { fields = [] } = (test.arg?.['ColumnRef'] ?? {}) as { fields?: { String?: { sval?: string } }[] };
  const name = fields.at(-1)?.String?.sval;
  return name === undefined ? [] : [name];
};
