import type { LogDatabase } from '../../log-database.js';
import { MemoryLog, type MemoryLogOptions } from './memory-log.js';
import { MemoryStatements, type Statement } from './memory-statements.js';

/**
 * The database of a log, in memory: event-store's own classes run on it as they are. A statement that it does not
 * know is an error, never an empty answer.
 */
export class MemoryDatabase implements LogDatabase {
  readonly log: MemoryLog;
  readonly statements: MemoryStatements;
  private readonly known: (readonly [RegExp, Statement])[];
  private readonly bySql = new Map<string, Statement>();

  constructor(
    readonly schema: string,
    options: MemoryLogOptions,
    /** What the service's own reads ask, found by the text of the statement. */
    more: (log: MemoryLog) => readonly (readonly [RegExp, Statement])[] = () => [],
  ) {
    this.log = new MemoryLog(options);
    this.statements = new MemoryStatements(this.log);
    this.known = [...this.statements.known, ...more(this.log)];
  }

  /** @throws SqlError as PostgreSQL would, Error for a statement that nobody taught it */
  execute(sql: string, params: readonly unknown[] = []): Record<string, unknown>[] {
    let statement = this.bySql.get(sql);
    if (!statement) {
      statement = this.known.find(([text]) => text.test(sql))?.[1];
      if (!statement) throw new Error(`The database in memory does not know:\n${sql}`);
      this.bySql.set(sql, statement);
    }
    return statement(params);
  }

  hot<Row extends object>(sql: string, params: readonly unknown[]): Promise<Row[]> {
    return Promise.resolve().then(() => this.execute(sql, params) as Row[]);
  }

  system<Row extends object>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return this.hot<Row>(sql, params);
  }
}
