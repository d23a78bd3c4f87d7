import { Clock } from './clock.js';

/** A database whose clock is `aheadMs` before ours, or that does not answer. */
const databaseAhead = (state: { aheadMs: number; isAway?: boolean }) => ({
  system: <Row extends object>(): Promise<Row[]> =>
    state.isAway
      ? Promise.reject(new Error('away'))
      : Promise.resolve([{ ms: Date.now() + state.aheadMs }] as unknown as Row[]),
});

describe('the clock', () => {
  const HOUR_MS = 3_600_000;
  const clocks: Clock[] = [];
  const start = async (state: { aheadMs: number; isAway?: boolean }): Promise<Clock> => {
    const clock = new Clock(databaseAhead(state));
    clocks.push(clock);
    await clock.onModuleInit();
    return clock;
  };

  afterEach(() => {
    for (const clock of clocks.splice(0)) clock.onApplicationShutdown();
  });

  it("shows PostgreSQL's time, not this machine's", async () => {
    const clock = await start({ aheadMs: HOUR_MS });
    expect(Math.abs(clock.now().getTime() - Date.now() - HOUR_MS)).toBeLessThan(100);
    expect(clock.nowIso()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('starts without PostgreSQL, on the time of this machine', async () => {
    const clock = await start({ aheadMs: HOUR_MS, isAway: true });
    expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(100);
  });

  it('never runs backwards, also when PostgreSQL does', async () => {
    const state = { aheadMs: HOUR_MS };
    const clock = await start(state);
    const before = clock.nowMs();
    state.aheadMs = 0;
    await clock.onModuleInit();
    expect(clock.nowMs()).toBeGreaterThanOrEqual(before);
  });
});
