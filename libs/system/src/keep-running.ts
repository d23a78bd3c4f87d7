import { setTimeout as delay } from 'node:timers/promises';

import { describeExit, type RunningServer } from '@baton/testkit';

import { RestartBackoff } from './restart-backoff.js';

export interface Watch {
  /** From now on an end of the server is nobody's business here. */
  close(): void;
}

/** Starts a server of ours again whenever it dies, on its port and data, and says so. */
export const keepRunning = (
  server: RunningServer,
  say: (line: string) => void,
  longestRestartDelayMs?: number,
): Watch => {
  const backoff = new RestartBackoff(longestRestartDelayMs);
  let closed = false;
  let upSince = performance.now();

  const comeBack = async (waitMs: number): Promise<void> => {
    await delay(waitMs);
    if (closed || server.running) return;
    try {
      await server.ensureRunning();
      upSince = performance.now();
      say(`${server.name} is back on port ${server.port}`);
    } catch (error) {
      say(`${server.name} is not back yet: ${(error as Error).message}`);
      await comeBack(backoff.next(0));
    }
  };

  server.onUnexpectedExit((exit) => {
    if (closed) return;
    say(`${server.name} ended (${describeExit(exit)}): starting it again`);
    void comeBack(backoff.next(performance.now() - upSince));
  });
  return { close: () => (closed = true) };
};
