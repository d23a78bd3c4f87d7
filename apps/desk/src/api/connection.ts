import { createHttp, type Http, isProblem } from '@baton/client';

import { endSession, session } from '../session/session.js';
import { heardServerTime } from './clock.js';

let current: { readonly token: string; readonly http: Http } | null = null;

/** The client of whoever is signed in; another token is another client. */
export const connection = (): Http => {
  const token = session.get()?.token ?? '';
  if (current?.token === token) return current.http;
  const listening: typeof fetch = async (...call) => {
    const response = await fetch(...call);
    heardServerTime(response.headers.get('date'), Date.now());
    // A call that was under way when somebody else signed in says nothing of their token.
    if (response.status === 401 && session.get()?.token === token) endSession('refused');
    return response;
  };
  // Relative to the page: the desk is served by the gateway it speaks with.
  const http = createHttp({ baseUrl: location.origin, token, fetch: listening });
  current = { token, http };
  return http;
};

/** Nobody knows whether it was done, or it can't be done now; the same may be asked again. */
export const isPassing = (error: unknown): boolean =>
  !isProblem(error) || error.status === 429 || error.status >= 500;
