import { BatonError } from '@baton/contracts';

import type { GatewayConfig } from '../config.js';

const CALLBACK = '/api/v1/oauth/callback';
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Where providers send browsers back to. Never taken from a request: a `Host` of the caller's choice would send codes there.
 * @throws BatonError `unavailable` for a gateway that others reach, and that was not told how
 */
export const redirectUri = ({
  BATON_PUBLIC_URL,
  BATON_HOST,
  PORT,
}: Pick<GatewayConfig, 'BATON_PUBLIC_URL' | 'BATON_HOST' | 'PORT'>): string => {
  if (BATON_PUBLIC_URL !== undefined) return `${BATON_PUBLIC_URL}${CALLBACK}`;
  if (!LOOPBACK.has(BATON_HOST))
    throw new BatonError('unavailable', 'BATON_PUBLIC_URL is not set: no provider knows the way back here', {
      retryable: false,
    });
  return `http://127.0.0.1:${PORT}${CALLBACK}`;
};
