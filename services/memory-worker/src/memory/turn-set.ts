/** Turn numbers as sorted, disjoint, inclusive ranges: ten thousand turns in order are one range. */
export type TurnSet = readonly (readonly [from: number, through: number])[];

export const hasTurn = (turns: TurnSet, turn: number): boolean =>
  turns.some(([from, through]) => from <= turn && turn <= through);

/** The set with one more turn; the same set where it was in it. */
export const withTurn = (turns: TurnSet, turn: number): TurnSet => {
  if (hasTurn(turns, turn)) return turns;
  const before = turns.filter(([, through]) => through < turn - 1);
  const after = turns.filter(([from]) => from > turn + 1);
  const touching = turns.slice(before.length, turns.length - after.length);
  const from = Math.min(turn, ...touching.map(([first]) => first));
  const through = Math.max(turn, ...touching.map(([, last]) => last));
  return [...before, [from, through], ...after];
};
