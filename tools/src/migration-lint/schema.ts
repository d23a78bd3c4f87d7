interface Check {
  readonly columns: readonly string[];
  isValid: boolean;
}

/** What earlier migrations of a service left behind, as far as the rules ask. */
export class Schema {
  private readonly tables = new Set<string>();
  private readonly checks = new Map<string, Check>();

  /** Made by an earlier migration: there may be rows in it, and replicas that use it. */
  has(table: string): boolean {
    return this.tables.has(table);
  }

  add(table: string): void {
    this.tables.add(table);
  }

  check(table: string, name: string, columns: readonly string[], isValid: boolean): void {
    this.checks.set(`${table}/${name}`, { columns, isValid });
  }

  validate(table: string, name: string): void {
    const check = this.checks.get(`${table}/${name}`);
    if (check) check.isValid = true;
  }

  forget(table: string, name: string): void {
    this.checks.delete(`${table}/${name}`);
  }

  /** True where a validated CHECK says so already: SET NOT NULL then reads no row. */
  isCheckedNotNull(table: string, column: string): boolean {
    return [...this.checks].some(
      ([key, { columns, isValid }]) => key.startsWith(`${table}/`) && isValid && columns.includes(column),
    );
  }
}
