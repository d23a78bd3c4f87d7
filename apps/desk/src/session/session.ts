import { createStore } from '../ui/store.js';
import { readStaffToken, tokenOfFragment } from './staff-token.js';

/** Who is signed in, in this tab alone: a copied link or a new tab asks again. */
export interface Session {
  readonly token: string;
  readonly agentId: string;
  readonly expiresAtMs: number;
}

export type SessionEnd = 'signed_out' | 'expired' | 'refused';

const KEY = 'baton.desk.token';

const open = (token: string | null | undefined): Session | null => {
  const claims = token ? readStaffToken(token) : undefined;
  return claims && token ? { token, ...claims } : null;
};

export const session = createStore<Session | null>(null);
/** Why nobody is signed in any more; null before the first sign-in. */
export const sessionEnd = createStore<SessionEnd | null>(null);

/** Takes the token out of the address before anything else can read or keep it, else the tab's own. */
export const restoreSession = (): void => {
  const fromLink = tokenOfFragment(location.hash);
  if (fromLink !== undefined) {
    history.replaceState(null, '', location.pathname + location.search);
    if (signIn(fromLink)) return;
  }
  session.set(open(sessionStorage.getItem(KEY)));
};

/** False for a text that is no staff token. */
export const signIn = (token: string): boolean => {
  const opened = open(token.trim());
  if (!opened) return false;
  sessionStorage.setItem(KEY, opened.token);
  sessionEnd.set(null);
  session.set(opened);
  return true;
};

/** Drafts stay: whoever signs in again as the same agent finds them. */
export const endSession = (why: SessionEnd): void => {
  sessionStorage.removeItem(KEY);
  if (session.get() === null) return;
  sessionEnd.set(why);
  session.set(null);
};
