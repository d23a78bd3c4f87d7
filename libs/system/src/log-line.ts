/** What a person should see of one line of a service's log: warnings and worse, each on one line. */
export interface Warning {
  readonly level: 'WARN' | 'ERROR' | 'FATAL';
  readonly text: string;
}

const LEVELS: Readonly<Record<string, Warning['level']>> = {
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
  '40': 'WARN',
  '50': 'ERROR',
  '60': 'FATAL',
};
const LONGEST_TEXT = 500;

/** Reads a line; undefined where there is nothing to show. */
export const warningIn = (line: string): Warning | undefined => {
  if (!line.startsWith('{')) return plainWarning(line);
  const entry = parse(line);
  if (entry === undefined) return plainWarning(line);
  const level = LEVELS[String(entry['level'])];
  return level && { level, text: oneLine(describe(entry)) };
};

/** What Node itself says on its way out; its notices about experiments are for nobody here. */
const plainWarning = (line: string): Warning | undefined =>
  /^\(node:\d+\)|^\(Use `node/.test(line) || !/error|refused|not set|cannot/i.test(line)
    ? undefined
    : { level: 'ERROR', text: oneLine(line) };

const describe = (entry: Record<string, unknown>): string => {
  const cause = (entry['err'] as { message?: unknown } | undefined)?.message;
  const message = [entry['msg'], cause].filter((part) => typeof part === 'string' && part !== '');
  const conversation = entry['conversation_id'];
  const parts = [...new Set(message)].join(': ');
  return typeof conversation === 'string' ? `${parts} (${conversation})` : parts;
};

const oneLine = (text: string): string => {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length > LONGEST_TEXT ? `${flat.slice(0, LONGEST_TEXT)}…` : flat;
};

const parse = (line: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};
