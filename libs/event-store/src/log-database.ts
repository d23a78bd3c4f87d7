/** What the store needs of the database: one statement as the app role, one as the system role. */
export interface LogDatabase {
  readonly schema: string;
  hot<Row extends object>(sql: string, params: readonly unknown[]): Promise<Row[]>;
  system<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}
