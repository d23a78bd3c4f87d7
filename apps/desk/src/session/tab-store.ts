import { session } from './session.js';

/**
 * What an agent has not said yet, kept in the tab: it outlives a reload and a new sign-in, and goes with the tab. Nothing a
 * customer or agent wrote is left on a shared machine.
 */
const keyOf = (name: string): string => `baton.desk.${session.get()?.agentId ?? ''}.${name}`;

export const tabGet = (name: string): string | null => sessionStorage.getItem(keyOf(name));

export const tabSet = (name: string, value: string | null): void => {
  try {
    if (value === null || value === '') sessionStorage.removeItem(keyOf(name));
    else sessionStorage.setItem(keyOf(name), value);
  } catch {
    // A full store: what is on the screen is still there, only a reload would lose it.
  }
};
