/** What this process may still spend of a key's limit without asking, in one window. */
export interface LocalShare {
  left: number;
  /** Spent here and not told to Redis yet. */
  untold: number;
  /** Redis has counted what is left already. */
  isPrepaid: boolean;
  /** What the limit still had beyond this share when it was last asked. */
  beyond: number;
  /** The limit is used up, by whomever. */
  isSpent: boolean;
  endsAt: number;
}

export const newShare = (free: number, points: number, endsAt: number): LocalShare => ({
  left: free,
  untold: 0,
  isPrepaid: false,
  beyond: points - free,
  isSpent: false,
  endsAt,
});

/** A fiftieth of the limit at most, and a part that divides what is behind the free tenth: nothing is left over at the end. */
export const largestChunk = (points: number): number => {
  const rest = points - Math.floor(points / 10);
  for (let chunk = Math.max(1, Math.floor(points / 50)); chunk > 1; chunk -= 1) {
    if (rest % chunk === 0) return chunk;
  }
  return 1;
};
