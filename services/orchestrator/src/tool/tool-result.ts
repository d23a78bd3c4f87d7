import { jsonSafe, safeText } from './json-safe.js';

const LARGEST_RESULT_BYTES = 64 * 1024;

/** What stands for a result that was too large. */
export interface CutResult {
  readonly truncated: true;
  /** Of the whole result. */
  readonly bytes: number;
  readonly note: string;
  /** The beginning of the result's JSON. */
  readonly beginning: string;
}

/**
 * A tool's result as it is journaled and shown: JSON, at most 64 kB of it.
 * @throws TypeError where it has no JSON
 */
export const toolResult = (value: unknown): unknown => {
  const safe = jsonSafe(value);
  const text = JSON.stringify(safe);
  const bytes = Buffer.byteLength(text);
  if (bytes <= LARGEST_RESULT_BYTES) return safe;
  return {
    truncated: true,
    bytes,
    note: `The result has ${bytes} bytes; only its beginning is given`,
    beginning: beginningOf(text),
  } satisfies CutResult;
};

/** Written as a JSON string the text grows by its escapes, at most to twice its size: half of the room is safe. */
const beginningOf = (text: string): string => {
  const cut = Buffer.from(text).subarray(0, LARGEST_RESULT_BYTES / 2 - 512);
  // A character that was cut through comes out as the replacement character.
  return safeText(cut.toString('utf8').replace(/\ufffd$/, ''));
};
