import { type Context, createContext, Script } from 'node:vm';

/** A match takes microseconds; one that backtracks without end would hold this thread, and everybody, for ever. */
const LONGEST_MS = 500;
/** So short that no pattern worth writing down takes long over it: most values pay nothing. */
const SHORT = 12;

const script = new Script('pattern.test(text)');
let context: Context | undefined;
/** One that was ended speaks for all of its turn of the loop: a list of such texts must not take as many times as long. */
let isSpent = false;

/** A regular expression out of somebody's JSON Schema: what it has not found in half a second does not match. */
export class BoundedPattern {
  private readonly pattern: RegExp;

  /** @throws SyntaxError where it is no regular expression */
  constructor(source: string, flags: string) {
    this.pattern = new RegExp(source, flags);
  }

  test(text: string): boolean {
    if (text.length <= SHORT) return this.pattern.test(text);
    if (isSpent) return false;
    context ??= createContext(Object.create(null) as Context);
    Object.assign(context, { pattern: this.pattern, text });
    try {
      return script.runInContext(context, { timeout: LONGEST_MS }) === true;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      isSpent = true;
      setImmediate(() => (isSpent = false));
      return false;
    }
  }

  /** Its identity to ajv. */
  toString(): string {
    return String(this.pattern);
  }
}

/** For ajv: `new Ajv({ code: { regExp: boundedRegExp } })`. */
export const boundedRegExp = Object.assign(
  (source: string, flags: string): BoundedPattern => new BoundedPattern(source, flags),
  { code: 'boundedRegExp' },
);
