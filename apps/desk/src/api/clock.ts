let offsetMs = 0;

/** Below this a `Date` header, which has whole seconds, says nothing. */
const TOLERATED_MS = 2000;

/** Sets the desk's clock by the server's: waits and countdowns are told by the clock that ends them. */
export const heardServerTime = (dateHeader: string | null, nowMs: number): void => {
  const server = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  if (Number.isNaN(server)) return;
  const offset = server + 500 - nowMs;
  offsetMs = Math.abs(offset) < TOLERATED_MS ? 0 : offset;
};

/** Milliseconds since 1970 by the server's clock. */
export const serverNow = (): number => Date.now() + offsetMs;
