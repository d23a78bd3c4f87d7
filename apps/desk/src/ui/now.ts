import { useSyncExternalStore } from 'react';

import { serverNow } from '../api/clock.js';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = 0;

/** One clock for every wait and countdown on the page, and none while nobody looks. */
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = serverNow();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
};

const read = (): number => {
  if (timer === undefined || now === 0) now = serverNow();
  return now;
};

/** The server's time in milliseconds since 1970; renders again each second. */
export const useNow = (): number => useSyncExternalStore(subscribe, read);
