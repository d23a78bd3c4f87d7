import type { ConnectionStatus } from '@baton/contracts';

/** A connection as its events tell it; its tokens lie elsewhere. */
export type Connection = { readonly status: 'NONE' } | KnownConnection;

export interface KnownConnection {
  readonly status: ConnectionStatus | 'REVOKED';
  readonly connection_id: string;
  readonly provider: string;
  readonly scopes: readonly string[];
  readonly renewable: boolean;
  readonly pending_until: string;
  readonly reason: string | null;
  readonly created_at: string;
  readonly connected_at: string | null;
  readonly updated_at: string;
}
