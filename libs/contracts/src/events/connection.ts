import { z } from 'zod';

import { CallerToken } from '../ids.js';
import { Timestamp } from '../time.js';
import { defineEvent, type EventOf } from './define-event.js';

/** What every event of a connection says; no token, code or secret is ever in one. */
const subject = { connection_id: z.string(), provider: CallerToken };
/** The provider's own error code, such as `invalid_grant`; null where it gave none. */
const providerError = z.string().nullable();
const scopes = z.array(z.string());

/** Somebody was sent to the provider's page. */
export const connectionRequested = defineEvent({
  type: 'connection.requested',
  version: 1,
  schema: z.object({
    ...subject,
    scopes,
    /** From then on the page's answer is not taken any more. */
    pending_until: Timestamp,
  }),
  personal: [],
  example: {
    connection_id: 'conn_1',
    provider: 'acme',
    scopes: ['orders.read'],
    pending_until: '2026-11-22T10:10:00.000Z',
  },
});

/** The provider gave tokens. */
export const connectionConnected = defineEvent({
  type: 'connection.connected',
  version: 1,
  schema: z.object({
    ...subject,
    /** As granted, which may be less than was asked for. */
    scopes,
    /** Whether there is a refresh token. */
    renewable: z.boolean(),
    /** Of the first access token; null where the provider named none. */
    expires_at: Timestamp.nullable(),
  }),
  personal: [],
  example: {
    connection_id: 'conn_1',
    provider: 'acme',
    scopes: ['orders.read'],
    renewable: true,
    expires_at: '2026-11-22T11:00:00.000Z',
  },
});

/** The person said no, or the provider gave no tokens. */
export const connectionFailed = defineEvent({
  type: 'connection.failed',
  version: 1,
  schema: z.object({ ...subject, reason: z.enum(['denied', 'refused']), error: providerError }),
  personal: [],
  example: { connection_id: 'conn_1', provider: 'acme', reason: 'denied', error: 'access_denied' },
});

/** Its tokens are over for good: a person has to connect again. */
export const connectionExpired = defineEvent({
  type: 'connection.expired',
  version: 1,
  schema: z.object({
    ...subject,
    /**
     * `no_refresh_token`: there was nothing to renew it with. `refresh_refused`: the provider took the refresh token
     * no more. `refresh_lost`: it was spent once and the answer never came home, then the provider refused it.
     */
    reason: z.enum(['no_refresh_token', 'refresh_refused', 'refresh_lost']),
    error: providerError,
  }),
  personal: [],
  example: {
    connection_id: 'conn_1',
    provider: 'acme',
    reason: 'refresh_refused',
    error: 'invalid_grant',
  },
});

/** Somebody disconnected it; its tokens are deleted. */
export const connectionRevoked = defineEvent({
  type: 'connection.revoked',
  version: 1,
  schema: z.object({
    ...subject,
    /** Whether the provider was told, and took it. */
    at_provider: z.enum(['revoked', 'not_offered', 'failed', 'nothing_to_revoke']),
  }),
  personal: [],
  example: { connection_id: 'conn_1', provider: 'acme', at_provider: 'revoked' },
});

export const connectionEvents = [
  connectionRequested,
  connectionConnected,
  connectionFailed,
  connectionExpired,
  connectionRevoked,
] as const;
export type ConnectionEvent = EventOf<(typeof connectionEvents)[number]>;
