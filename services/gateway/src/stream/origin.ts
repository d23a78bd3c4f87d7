/**
 * Whether a page of this origin may open a WebSocket here: browsers always say where a page is from, and no
 * same-origin policy stands between a foreign page and a socket. Who sends no Origin is no browser.
 */
export const isAllowedOrigin = (
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean => {
  if (origin === undefined) return true;
  let parsed: URL;
  try {
    parsed = new URL(origin);
  } catch {
    return false;
  }
  if (allowed.includes(parsed.origin)) return true;
  return host !== undefined && parsed.host.toLowerCase() === withoutDefaultPort(host, parsed.protocol);
};

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': ':80', 'https:': ':443' };

const withoutDefaultPort = (host: string, protocol: string): string => {
  const suffix = DEFAULT_PORTS[protocol];
  const lower = host.toLowerCase();
  return suffix !== undefined && lower.endsWith(suffix) ? lower.slice(0, -suffix.length) : lower;
};
