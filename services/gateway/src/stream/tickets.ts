import { randomBytes } from 'node:crypto';

import { CONFIG, Database, deriveKey, keyedHash } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import { ApiKeyRepository } from '../api-key/api-key.repository.js';
import type { Principal } from '../auth/principal.js';
import { StaffRoles } from '../auth/staff-roles.js';
import type { GatewayConfig } from '../config.js';

export const TICKET_TTL_SECONDS = 30;
const TICKET = /^[\w-]{43}$/;

/** Single-use tickets for a browser's WebSocket, which sends no header. They are in PostgreSQL, hashed, for all replicas. */
@Injectable()
export class Tickets {
  private readonly hashKey: Buffer;

  constructor(
    private readonly database: Database,
    private readonly roles: StaffRoles,
    private readonly apiKeys: ApiKeyRepository,
    @Inject(CONFIG) config: GatewayConfig,
  ) {
    this.hashKey = deriveKey(config.BATON_SECRET, 'gateway.tickets');
  }

  async issue(principal: Principal): Promise<string> {
    const ticket = randomBytes(32).toString('base64url');
    await this.database.tenant(principal.tenantId, async (query) => {
      await query.query('DELETE FROM gateway.tickets WHERE tenant_id = $1 AND expires_at < now()', [
        principal.tenantId,
      ]);
      await query.query(
        `INSERT INTO gateway.tickets (tenant_id, ticket_hash, principal, expires_at)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4))`,
        [principal.tenantId, this.hash(ticket), JSON.stringify(principal), TICKET_TTL_SECONDS],
      );
    });
    return ticket;
  }

  /** Who may open the connection; undefined for a ticket that was used, has expired or never was. */
  async redeem(ticket: string): Promise<Principal | undefined> {
    if (!TICKET.test(ticket)) return undefined;
    // Deleting is taking: of two who come with one ticket the database serves one.
    const [row] = await this.database.system<{ principal: Principal; is_valid: boolean }>(
      `DELETE FROM gateway.tickets WHERE ticket_hash = $1 RETURNING principal, expires_at > now() AS is_valid`,
      [this.hash(ticket)],
    );
    return row?.is_valid ? this.asOfNow(row.principal) : undefined;
  }

  /** A key may have been deleted and a role changed since the ticket was made. */
  private async asOfNow(principal: Principal): Promise<Principal | undefined> {
    if (principal.kind === 'api_key') {
      const key = await this.apiKeys.find(principal.tenantId, principal.keyId);
      return key && { ...principal, scopes: key.scopes };
    }
    if (principal.kind !== 'staff') return principal;
    const role = await this.roles.of(principal.tenantId, principal.agentId);
    return role && { ...principal, role };
  }

  private hash(ticket: string): string {
    return keyedHash(this.hashKey, ticket);
  }
}
