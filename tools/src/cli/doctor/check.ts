import { CliError } from '../failure.js';

/** What came of one look. `unknown`: it could not be looked at, and why. */
export interface Finding {
  readonly status: 'ok' | 'warning' | 'failed' | 'unknown';
  /** What was found. */
  readonly what: string;
  /** What to do about it. */
  readonly mend?: string;
}

export interface Check {
  /** `PostgreSQL`, `secrets`: what it belongs to. */
  readonly area: string;
  readonly name: string;
  /** A rejection is a failure, with its message. */
  readonly look: () => Promise<Finding> | Finding;
  /** Where it fails, nothing else of its area can be looked at. */
  readonly isDoor?: boolean;
}

export interface Checked extends Finding {
  readonly area: string;
  readonly name: string;
}

const TIMEOUT_MS = 30_000;

export const ok = (what: string): Finding => ({ status: 'ok', what });
export const warning = (what: string, mend: string): Finding => ({ status: 'warning', what, mend });
export const failed = (what: string, mend: string): Finding => ({ status: 'failed', what, mend });
export const unknown = (what: string, mend?: string): Finding => ({
  status: 'unknown',
  what,
  ...(mend !== undefined && { mend }),
});

/** One after the other, so that one that is down does not slow what another measures; none holds up the rest. */
export async function* runChecks(checks: readonly Check[]): AsyncGenerator<Checked> {
  const closed = new Set<string>();
  for (const { area, name, look, isDoor } of checks) {
    if (closed.has(area)) {
      yield { area, name, ...unknown('not reached') };
      continue;
    }
    const checked = { area, name, ...(await lookWithin(look)) };
    if (isDoor && checked.status === 'failed') closed.add(area);
    yield checked;
  }
}

const lookWithin = async (look: Check['look']): Promise<Finding> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    const mend = 'look whether it hangs, or the network drops what is sent';
    timer = setTimeout(() => resolve(failed(`no answer within ${TIMEOUT_MS / 1000} s`, mend)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([Promise.resolve().then(look), late]);
  } catch (error) {
    if (error instanceof NotReached) return failed(error.message, error.mend);
    if (error instanceof CliError) return failed(error.message, 'start it, or set the variable');
    return failed((error as Error).message || String(error), 'what it stands on must be mended first');
  } finally {
    clearTimeout(timer);
  }
};

/** A server that does not let us in, and what to do about it. */
export class NotReached extends Error {
  constructor(
    message: string,
    readonly mend: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
