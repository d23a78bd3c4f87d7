/**
 * A value as JSON gives it back, of text that PostgreSQL's jsonb takes: without NUL and lone surrogates.
 * @throws TypeError where the value has no JSON (a cycle, a bigint)
 */
export const jsonSafe = (value: unknown): unknown => {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return null;
  return JSON.parse(text, (_key, part: unknown) => {
    if (typeof part === 'string') return safeText(part);
    return isRecord(part) && Object.keys(part).some((key) => key !== safeText(key)) ? safeKeys(part) : part;
  });
};

export const safeText = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const safeKeys = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [safeText(key), value]));
