/** A row as the driver gives it: its instants are dates. */
export type SqlRow<Row, Instants extends keyof Row> = Omit<Row, Instants> & {
  readonly [C in Instants]: null extends Row[C] ? Date | null : Date;
};

/** A date of the driver, or a timestamp inside JSON, as the wire has it. */
export const instant = (value: Date | string): string => new Date(value).toISOString();

export const instantOrNull = (value: Date | string | null): string | null =>
  value === null ? null : instant(value);
