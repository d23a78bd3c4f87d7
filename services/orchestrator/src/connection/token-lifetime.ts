/** How long before its end a token is renewed, at most: a call that takes it still has that long. */
const AHEAD_MS = 5 * 60_000;
/** Of a short life, this part: a token of a minute is not renewed at once. */
const AHEAD_PART = 0.2;

export interface TokenLifetime {
  /** Null: the provider named no end. */
  readonly accessExpiresAt: string | null;
  /** From then on the token is renewed, where it can be. */
  readonly refreshAt: string | null;
}

/** When a token ends and when it is renewed, counted from when it was asked for. */
export const lifetimeOf = (expiresInSeconds: number | null, askedAtMs: number): TokenLifetime => {
  if (expiresInSeconds === null) return { accessExpiresAt: null, refreshAt: null };
  const lifeMs = expiresInSeconds * 1000;
  const endsAt = askedAtMs + lifeMs;
  return {
    accessExpiresAt: new Date(endsAt).toISOString(),
    refreshAt: new Date(endsAt - Math.min(AHEAD_MS, lifeMs * AHEAD_PART)).toISOString(),
  };
};
