import { z } from 'zod';

import { CallerToken } from '../ids.js';
import { defineRequest, type Page, PageQuery, type Replayable } from './define-request.js';

/** `PENDING`: the provider's page was not answered yet. A connection that was deleted is not shown. */
export const CONNECTION_STATUSES = ['PENDING', 'CONNECTED', 'EXPIRED', 'FAILED'] as const;
export type ConnectionStatus = (typeof CONNECTION_STATUSES)[number];

export interface ConnectionView {
  readonly connection_id: string;
  readonly provider: string;
  readonly status: ConnectionStatus;
  /** Granted ones; while PENDING, those that were asked for. */
  readonly scopes: readonly string[];
  /** Why it is EXPIRED or FAILED. */
  readonly reason: string | null;
  /** Whether Baton renews the access token by itself. */
  readonly renewable: boolean;
  /** Of the access token there is now. */
  readonly expires_at: string | null;
  readonly created_at: string;
  readonly connected_at: string | null;
  readonly updated_at: string;
}

export interface BegunConnection {
  readonly connection_id: string;
  /** Where a person says yes or no; good once, for ten minutes. */
  readonly authorize_url: string;
}

/** What came of the provider's answer; thrown problems are those that another try may mend. */
export interface CompletedConnection {
  readonly provider: string;
  readonly outcome: 'connected' | 'denied' | 'refused';
}

/** A service that the tenant may connect to. */
export interface ProviderView {
  readonly provider: string;
  readonly description: string | null;
  /** Asked for where a caller names none. */
  readonly scopes: readonly string[];
  /** May be asked for besides. */
  readonly optional_scopes: readonly string[];
  readonly available: boolean;
  /** Why it is not available. */
  readonly unavailable_reason: string | null;
  /** Whether the tenant has a live connection to it. */
  readonly connected: boolean;
}

const connection_id = z.string().max(128);
/** One parameter of the provider's answer: it comes from a browser. */
const parameter = z.string().max(4096);

export const connectionRequests = {
  begin: defineRequest<Replayable<BegunConnection>>()(
    'connection.begin',
    z.object({
      provider: CallerToken,
      scopes: z.array(z.string()).max(100).optional(),
      /** Of the gateway: where the provider sends the browser. */
      redirect_uri: z.string().max(2048),
    }),
  ),
  /** The browser came back. `state` tells whose connection it is: the request names no tenant. */
  complete: defineRequest<CompletedConnection>()(
    'connection.complete',
    z.object({
      state: parameter.optional(),
      code: parameter.optional(),
      iss: parameter.optional(),
      error: parameter.optional(),
    }),
  ),
  list: defineRequest<Page<ConnectionView>>()(
    'connection.list',
    PageQuery.extend({ provider: CallerToken.optional(), status: z.enum(CONNECTION_STATUSES).optional() }),
  ),
  get: defineRequest<ConnectionView>()('connection.get', z.object({ connection_id })),
  listProviders: defineRequest<Page<ProviderView>>()('connection.list-providers', PageQuery),
  delete: defineRequest<null>()('connection.delete', z.object({ connection_id })),
} as const;
