import { ENOUGH_WAITS, estimateWait, type PastWait, ratesOf, type WaitKind } from './estimate-wait.js';

const BILLING: WaitKind = { queue: 'default', requirement: '{"billing":2}', priority: 'NORMAL' };
const TAX: WaitKind = { queue: 'default', requirement: '{"tax":2}', priority: 'NORMAL' };
const SALES: WaitKind = { queue: 'sales', requirement: '{}', priority: 'LOW' };

let count = 0;
const past = (
  kind: WaitKind,
  joined: number,
  seconds: number | null,
  more: Partial<PastWait> = {},
): PastWait => ({
  ...kind,
  handover_id: `ho_${String((count += 1)).padStart(5, '0')}`,
  rank: joined,
  joined,
  left: seconds === null ? null : joined + seconds * 1000,
  answered: seconds !== null,
  ...more,
});
/** Waits of their own: none overlaps another. */
const alone = (kind: WaitKind, seconds: readonly number[], from = 0): PastWait[] =>
  seconds.map((each, index) => past(kind, from + index * 10_000_000, each));
const tenTo = (most: number): number[] => Array.from({ length: 10 }, (_, index) => (most / 10) * (index + 1));

describe('the estimated wait', () => {
  it('is a stated minute a place, three at most, while too little has happened', () => {
    const few = ratesOf(alone(BILLING, tenTo(100).slice(0, ENOUGH_WAITS - 1)));
    expect(estimateWait(BILLING, 3, few)).toEqual({
      position: 3,
      estimated_wait_seconds: 180,
      estimated_wait_p90_seconds: 540,
      estimate_basis: 'default',
    });
  });

  it('is what half, and nine in ten, of the waits like it took, for each place', () => {
    const rates = ratesOf(alone(BILLING, tenTo(100)));
    expect(estimateWait(BILLING, 1, rates)).toEqual({
      position: 1,
      estimated_wait_seconds: 55,
      estimated_wait_p90_seconds: 91,
      estimate_basis: 'skills_and_priority',
    });
    expect(estimateWait(BILLING, 4, rates)).toMatchObject({ estimated_wait_seconds: 220 });
  });

  it('goes by the queue, then by all, where there are too few of its own kind', () => {
    const rates = ratesOf([...alone(BILLING, tenTo(100)), ...alone(SALES, tenTo(1000), 5_000_000)]);
    expect(estimateWait(TAX, 1, rates)).toMatchObject({
      estimate_basis: 'queue',
      estimated_wait_seconds: 55,
    });
    const elsewhere = { ...SALES, queue: 'other' };
    expect(estimateWait(elsewhere, 1, rates).estimate_basis).toBe('tenant');
    expect(estimateWait(SALES, 1, rates)).toMatchObject({ estimated_wait_seconds: 550 });
  });

  it('takes a wait behind others as a wait for them too', () => {
    // Ten come at once and are served one a minute: each minute is a place.
    const burst = tenTo(600).map((seconds) => past(BILLING, 1_000_000, seconds));
    expect(estimateWait(BILLING, 1, ratesOf(burst))).toMatchObject({
      estimated_wait_seconds: 60,
      estimated_wait_p90_seconds: 60,
    });
    expect(estimateWait(BILLING, 5, ratesOf(burst))).toMatchObject({ estimated_wait_seconds: 300 });
  });

  it('counts those who left, and those who wait, as places and not as answers', () => {
    const gone = past(BILLING, 0, 100_000, { answered: false });
    const still = past(BILLING, 1, null);
    const answered = tenTo(100).map((seconds, index) =>
      past(BILLING, 1000 + index * 10_000_000, seconds * 3),
    );
    const rates = ratesOf([gone, still, ...answered]);
    // The first is the only one that both were before; the one that waits is before all.
    expect(estimateWait(BILLING, 1, rates).estimated_wait_seconds).toBeLessThan(90);
    expect(ratesOf([gone, still]).by.size).toBe(0);
  });

  it('never says less of the longer wait, nor of a place further back', () => {
    const rates = ratesOf([...alone(BILLING, [0, 0, 0, 1, 2, 900, 4, 0.2, 30]), ...alone(TAX, tenTo(7), 3)]);
    for (const kind of [BILLING, TAX, SALES]) {
      for (let place = 1; place < 50; place += 1) {
        const [here, behind] = [estimateWait(kind, place, rates), estimateWait(kind, place + 1, rates)];
        expect(here.estimated_wait_p90_seconds).toBeGreaterThanOrEqual(here.estimated_wait_seconds);
        expect(behind.estimated_wait_seconds).toBeGreaterThanOrEqual(here.estimated_wait_seconds);
      }
    }
  });
});
