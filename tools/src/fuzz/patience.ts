import { setTimeout as wait } from 'node:timers/promises';

/** A machine that has too much to do refuses what comes too fast: asked again, it answers. */
const TRIES = 20;
const PAUSE_MS = 1500;

/** Asks until it is answered with anything but 503; one that goes on for half a minute is the answer. */
export const answered = async <T>(ask: () => Promise<T>, statusOf: (answer: T) => number): Promise<T> => {
  for (let left = TRIES; ; left -= 1) {
    const answer = await ask();
    if (statusOf(answer) !== 503 || left === 0) return answer;
    await wait(PAUSE_MS);
  }
};
