/** Where a command speaks: results to standard output, what it is doing to standard error. */
export interface Output {
  readonly line: (text: string) => void;
  readonly note: (text: string) => void;
}

export const TERMINAL: Output = {
  line: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
};

export const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** Columns as wide as what stands in them; only the last may be cut, to the terminal's width. */
export const table = (
  header: readonly string[],
  rows: readonly (readonly (string | number | boolean | null | undefined)[])[],
  width: number | undefined = process.stdout.columns,
): string => {
  const cells = [header, ...rows].map((row) => row.map((cell) => oneLine(String(cell ?? '-'))));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => cut(line.trimEnd(), width))
    .join('\n');
};

/** Name and value, line by line. */
export const fields = (pairs: readonly (readonly [string, unknown])[]): string => {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${shown(value)}`).join('\n');
};

/** A value on one line. */
export const shown = (value: unknown): string => {
  if (value === undefined || value === null || value === '') return '-';
  return oneLine(typeof value === 'string' ? value : JSON.stringify(value));
};

/** Seconds as a person says them. */
export const duration = (seconds: number): string => {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
};

export const time = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

/** People write what they like: nothing in it may move the terminal's cursor. */
export const oneLine = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');

const cut = (text: string, width: number | undefined): string =>
  width === undefined || text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 1))}…`;
