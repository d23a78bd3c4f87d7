import { type Database } from '@baton/service';

import type { TokenLifetime } from './token-lifetime.js';

/** From then on a claim whose holder was not heard of again is another's to take; far behind every time-out of ours. */
export const CLAIM_STALE_MS = 30_000;

/** A connection's tokens at rest. */
export interface HeldTokens {
  readonly version: number;
  readonly sealed: string;
  readonly accessExpiresAtMs: number | null;
  readonly refreshAtMs: number | null;
  /** Somebody may be changing them now. */
  readonly isClaimed: boolean;
}

/** The exclusive right to change a connection's tokens, and so to spend its refresh token. */
export interface ClaimedTokens extends HeldTokens {
  readonly claim: string;
  /** The refresh token was sent once and its answer never came home: it may be spent. */
  readonly mayBeSpent: boolean;
}

interface Row {
  readonly version: number;
  readonly sealed: string;
  readonly access_expires_at: Date | null;
  readonly refresh_at: Date | null;
  readonly is_claimed: boolean;
  readonly may_be_spent: boolean;
}

/**
 * Sealed tokens in the database. Who changes them claims them first: whatever Redis says, no two replicas spend one
 * refresh token, since one row has one claim.
 */
export class TokenVault {
  constructor(private readonly database: Database) {}

  async read(tenantId: string, connectionId: string): Promise<HeldTokens | undefined> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<Row>(
        `SELECT version, sealed, access_expires_at, refresh_at, ${IS_CLAIMED} AS is_claimed FROM ${this.table}
          WHERE tenant_id = $1 AND connection_id = $2 AND sealed IS NOT NULL`,
        [tenantId, connectionId],
      ),
    );
    return row && held(row);
  }

  /** @returns undefined where another has the claim, or there are no tokens */
  async claim(tenantId: string, connectionId: string, claim: string): Promise<ClaimedTokens | undefined> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<Row>(
        // A claim that is found here was left behind by one who died: what it sent may have arrived.
        `WITH found AS (
           SELECT claim IS NOT NULL OR unsettled AS may_be_spent FROM ${this.table}
            WHERE tenant_id = $1 AND connection_id = $2 AND sealed IS NOT NULL AND NOT (${IS_CLAIMED}) FOR UPDATE)
         UPDATE ${this.table} t SET claim = $3, claimed_at = clock_timestamp(), version = version + 1, unsettled = may_be_spent
           FROM found WHERE tenant_id = $1 AND connection_id = $2
         RETURNING t.version, t.sealed, t.access_expires_at, t.refresh_at, true AS is_claimed, may_be_spent`,
        [tenantId, connectionId, claim],
      ),
    );
    return row && { ...held(row), claim, mayBeSpent: row.may_be_spent };
  }

  /** New tokens in place of the claimed ones. @returns false where the claim was another's by then */
  async settle(
    tenantId: string,
    connectionId: string,
    claim: string,
    sealed: string,
    lifetime: TokenLifetime,
  ): Promise<boolean> {
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<{ version: number }>(
        `UPDATE ${this.table} SET sealed = $4, access_expires_at = $5, refresh_at = $6,
                claim = NULL, claimed_at = NULL, unsettled = false, version = version + 1
          WHERE tenant_id = $1 AND connection_id = $2 AND claim = $3 RETURNING version`,
        [tenantId, connectionId, claim, sealed, lifetime.accessExpiresAt, lifetime.refreshAt],
      ),
    );
    return rows.length > 0;
  }

  /** Gives the claim back. @param mayBeSpent for who claims next: the refresh token may have arrived */
  async release(tenantId: string, connectionId: string, claim: string, mayBeSpent: boolean): Promise<void> {
    await this.database.tenant(tenantId, (q) =>
      q.query(
        `UPDATE ${this.table} SET claim = NULL, claimed_at = NULL, unsettled = $4, version = version + 1
          WHERE tenant_id = $1 AND connection_id = $2 AND claim = $3`,
        [tenantId, connectionId, claim, mayBeSpent],
      ),
    );
  }

  /** The same tokens under a newer key, unless they have changed since they were read. */
  async reseal(tenantId: string, connectionId: string, version: number, sealed: string): Promise<void> {
    await this.database.tenant(tenantId, (q) =>
      q.query(
        `UPDATE ${this.table} SET sealed = $4, version = version + 1
          WHERE tenant_id = $1 AND connection_id = $2 AND version = $3 AND claim IS NULL`,
        [tenantId, connectionId, version, sealed],
      ),
    );
  }

  private get table(): string {
    return `${this.database.schema}.connection_tokens`;
  }
}

const IS_CLAIMED = `claim IS NOT NULL AND claimed_at > clock_timestamp() - interval '${CLAIM_STALE_MS} milliseconds'`;

const held = (row: Row): HeldTokens => ({
  version: row.version,
  sealed: row.sealed,
  accessExpiresAtMs: row.access_expires_at?.getTime() ?? null,
  refreshAtMs: row.refresh_at?.getTime() ?? null,
  isClaimed: row.is_claimed,
});

/** The row of tokens as it is written with the event that brought them. */
export const tokenRow = (
  tenantId: string,
  connectionId: string,
  version: number,
  sealed: string | null,
  lifetime: TokenLifetime = { accessExpiresAt: null, refreshAt: null },
): Record<string, unknown> => ({
  tenant_id: tenantId,
  connection_id: connectionId,
  version,
  sealed,
  access_expires_at: lifetime.accessExpiresAt,
  refresh_at: lifetime.refreshAt,
  claim: null,
  claimed_at: null,
  unsettled: false,
});
