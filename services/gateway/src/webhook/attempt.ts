/** One try at a delivery, as its log shows it. */
export interface Attempt {
  readonly startedAt: Date;
  readonly latencyMs: number;
  /** Null where no answer came. */
  readonly statusCode: number | null;
  /** Null where an answer came, whatever it said. */
  readonly error: string | null;
  /** The beginning of the answer's body. */
  readonly responseExcerpt: string | null;
  /** What the receiver asked to be waited. */
  readonly retryAfterMs: number | undefined;
}

/** What becomes of a delivery after a try. */
export type Verdict = 'delivered' | 'retry' | 'gone';

/** Any 2xx is thanks; 410 says that the receiver is no more; all else may pass. Redirects are not followed. */
export const verdictOf = ({ statusCode }: Attempt): Verdict => {
  if (statusCode !== null && statusCode >= 200 && statusCode < 300) return 'delivered';
  return statusCode === 410 ? 'gone' : 'retry';
};
