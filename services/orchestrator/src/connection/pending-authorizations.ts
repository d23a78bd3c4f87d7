import { type Database } from '@baton/service';

/** How long the answer of the provider's page is waited for. */
export const PENDING_MS = 10 * 60_000;
/** A callback that was not brought to its end within this time may be tried again. */
const CLAIM_STALE_SECONDS = 30;

export interface PendingAuthorization {
  readonly tenantId: string;
  readonly connectionId: string;
  readonly caller: string;
  readonly sealed: string;
}

interface Row {
  readonly tenant_id: string;
  readonly connection_id: string;
  readonly caller: string;
  readonly sealed: string;
}

/** Who is on the way to a provider's page: found by the hash of their state, and each only once. */
export class PendingAuthorizations {
  constructor(private readonly database: Database) {}

  /** The one look-up that knows no tenant yet. @returns undefined where there is none, it is over, or it is taken */
  async claim(stateHash: string): Promise<PendingAuthorization | undefined> {
    const [row] = await this.database.system<Row>(
      `UPDATE ${this.table} SET claimed_at = clock_timestamp()
        WHERE state_hash = $1 AND expires_at > clock_timestamp()
          AND (claimed_at IS NULL OR claimed_at < clock_timestamp() - interval '${CLAIM_STALE_SECONDS} seconds')
       RETURNING tenant_id, connection_id, caller, sealed`,
      [stateHash],
    );
    if (!row) return undefined;
    const { tenant_id: tenantId, connection_id: connectionId, caller, sealed } = row;
    return { tenantId, connectionId, caller, sealed };
  }

  /** Its code was not taken: the same answer may come again. */
  async release({ tenantId, connectionId }: PendingAuthorization): Promise<void> {
    await this.database.tenant(tenantId, (q) =>
      q.query(`UPDATE ${this.table} SET claimed_at = NULL WHERE tenant_id = $1 AND connection_id = $2`, [
        tenantId,
        connectionId,
      ]),
    );
  }

  /** Behind its end; with it go those that nobody came back from. */
  async delete(tenantId: string, connectionId: string): Promise<void> {
    await this.database.tenant(tenantId, (q) =>
      q.query(
        `DELETE FROM ${this.table} WHERE tenant_id = $1 AND (connection_id = $2 OR expires_at < clock_timestamp())`,
        [tenantId, connectionId],
      ),
    );
  }

  private get table(): string {
    return `${this.database.schema}.connection_authorizations`;
  }
}
