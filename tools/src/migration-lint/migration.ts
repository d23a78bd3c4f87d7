/** A migration as the lint sees it: what `up` asks of the database, and what its class says of itself. */
export interface LintedMigration {
  readonly service: string;
  readonly name: string;
  /** The statements of `up`, as they would reach PostgreSQL. */
  readonly statements: readonly string[];
  /** False where it runs outside a transaction, as `CREATE INDEX CONCURRENTLY` must. */
  readonly isInTransaction: boolean;
  /** The expand step of the same service that it contracts. */
  readonly contracts?: string;
  /** Rules that it breaks on purpose, with the reason. */
  readonly allows: Readonly<Record<string, string>>;
}

/** Something that a migration must not do. */
export interface Offence {
  readonly service: string;
  readonly migration: string;
  readonly rule: Rule;
  readonly what: string;
}

/** Every rule, and what it keeps from happening. `contract`: also allowed to a migration that names its expand step. */
export const RULES = {
  'drops-what-is-read': {
    isContract: true,
    why: 'replicas of the version before still read or write it',
  },
  renames: { isContract: true, why: 'replicas of the version before know it by its old name' },
  'changes-a-type': {
    isContract: true,
    why: 'it rewrites the table under a lock, and replicas of the version before send the old type',
  },
  'demands-a-value': {
    isContract: true,
    why: 'replicas of the version before write rows without it',
  },
  revokes: { isContract: true, why: 'replicas of the version before still need the right' },
  'set-not-null-unchecked': {
    isContract: false,
    why: 'it reads the whole table under a lock: add CHECK (… IS NOT NULL) NOT VALID and VALIDATE it first',
  },
  'adds-not-null-without-default': {
    isContract: false,
    why: 'rows that are there have no value, and replicas of the version before send none',
  },
  'rewrites-the-table': {
    isContract: false,
    why: 'every row is written anew under a lock: add the column without it, then fill it in batches',
  },
  'locks-writes': {
    isContract: false,
    why: 'nothing can be written until it is done: CONCURRENTLY, in a migration with `transaction = false`',
  },
  'checks-under-a-lock': {
    isContract: false,
    why: 'every row is checked under a lock: NOT VALID, and VALIDATE CONSTRAINT in a later migration',
  },
  'changes-every-row': {
    isContract: false,
    why: 'one transaction over the whole table: fill in batches, outside a migration',
  },
  'concurrently-in-a-transaction': {
    isContract: false,
    why: 'PostgreSQL refuses it: set `transaction = false` on the migration',
  },
  'can-not-be-seen-through': { isContract: false, why: 'what it runs is not known before it runs' },
  'can-not-be-read': { isContract: false, why: 'PostgreSQL would refuse it too' },
  'names-no-expand-step': {
    isContract: false,
    why: 'what it contracts must be named, and be an earlier migration',
  },
  'contracts-what-is-not-released': {
    isContract: false,
    why: 'the version before may be without the expand step: release that first',
  },
  'was-changed': { isContract: false, why: 'databases that ran it have what it said then: add a new one' },
} as const satisfies Record<string, { readonly isContract: boolean; readonly why: string }>;

export type Rule = keyof typeof RULES;
