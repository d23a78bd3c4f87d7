import type { ConnectionStatus, ConnectionView } from '@baton/contracts';

import type { KnownConnection } from './connection.state.js';

/** The row of the list of connections. */
export const connectionRow = (
  tenantId: string,
  state: KnownConnection,
  version: number,
): Record<string, unknown> => ({ tenant_id: tenantId, ...state, version });

/** A row that is shown: a revoked one is not. */
export interface ConnectionRow {
  readonly connection_id: string;
  readonly provider: string;
  readonly status: ConnectionStatus;
  readonly scopes: readonly string[];
  readonly renewable: boolean;
  readonly reason: string | null;
  readonly pending_until: Date;
  readonly created_at: Date;
  readonly connected_at: Date | null;
  readonly updated_at: Date;
  readonly access_expires_at: Date | null;
}

/** What callers see: what the clock has ended since the last event is not shown as going on. */
export const connectionView = (row: ConnectionRow, nowMs: number): ConnectionView => ({
  connection_id: row.connection_id,
  provider: row.provider,
  ...statusAt(row, nowMs),
  scopes: row.scopes,
  renewable: row.renewable,
  expires_at: row.access_expires_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  connected_at: row.connected_at?.toISOString() ?? null,
  updated_at: row.updated_at.toISOString(),
});

const statusAt = (row: ConnectionRow, nowMs: number): Pick<ConnectionView, 'status' | 'reason'> => {
  if (row.status === 'PENDING' && row.pending_until.getTime() <= nowMs)
    return { status: 'FAILED', reason: 'not_answered' };
  const end = row.access_expires_at?.getTime();
  if (row.status === 'CONNECTED' && !row.renewable && end !== undefined && end <= nowMs)
    return { status: 'EXPIRED', reason: 'no_refresh_token' };
  return { status: row.status, reason: row.reason };
};
