import type { RunClock } from './runtime.ports.js';

/** The process's own timers; `nowIso` is given by whoever knows the database's clock. */
export const systemRunClock = (nowIso: () => string): RunClock => ({
  nowIso,
  elapsed: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
    }),
});
