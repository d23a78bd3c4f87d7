/** Milliseconds from one time to a later one; clocks that differ make no negative span. */
export const elapsedMs = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
