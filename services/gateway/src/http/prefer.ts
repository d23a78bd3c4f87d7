/** What a caller prefers (RFC 7240), as far as Baton knows it. */
export interface Preferences {
  /** Seconds to wait for the outcome; 0 where none was asked. */
  readonly wait: number;
  readonly respondAsync: boolean;
}

const MAX_WAIT_SECONDS = 60;

/** Reads `Prefer`; what it does not understand it ignores, as the RFC asks. The first of a repeated preference counts. */
export const parsePrefer = (header: string | string[] | undefined): Preferences => {
  const seen = new Map<string, string>();
  for (const preference of [header ?? []].flat().join(',').split(',')) {
    const [token = ''] = preference.split(';');
    const [name = '', value = ''] = token.split('=').map((part) => part.trim());
    if (name !== '' && !seen.has(name.toLowerCase()))
      seen.set(name.toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  const wait = seen.get('wait') ?? '';
  return {
    wait: /^\d{1,9}$/.test(wait) ? Math.min(Number(wait), MAX_WAIT_SECONDS) : 0,
    respondAsync: seen.has('respond-async'),
  };
};
