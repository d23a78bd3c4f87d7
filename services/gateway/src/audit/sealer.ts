import { CONFIG, deriveKey, Leases } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import type { GatewayConfig } from '../config.js';
import { AuditRootRepository } from './audit-root.repository.js';
import { hashOfRoot, type Leaf, macOfRoot, NO_ROOT, packLeaves } from './audit-root.js';
import { leafOf } from './audit.rows.js';
import { merkleRoot } from './merkle.js';

/** A minute has its root within so long behind its end. */
const EVERY_MS = 10_000;
const LEASE_MS = 10_000;
const MINUTE_MS = 60_000;
/** The purpose of the key that roots are signed with. */
export const ROOT_KEY_LABEL = 'gateway.audit-roots';

/** Gives each minute of each tenant its Merkle root, chained to the one before. */
@Injectable()
export class Sealer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly key: Buffer;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly roots: AuditRootRepository,
    private readonly leases: Leases,
    @Inject(CONFIG) config: Pick<GatewayConfig, 'BATON_SECRET'>,
  ) {
    this.key = deriveKey(config.BATON_SECRET, ROOT_KEY_LABEL);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sealAll(), EVERY_MS);
    this.timer.unref();
    void this.sealAll();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Every minute that is over; the lease only saves work, the tenant's lock in PostgreSQL makes it right. */
  sealAll(): Promise<void> {
    return (this.running ??= this.underLease().finally(() => (this.running = undefined)));
  }

  /** @returns whether there was a minute to seal */
  sealNext(tenantId: string): Promise<boolean> {
    return this.roots.sealing(tenantId, async (query) => {
      const last = await this.roots.last(query, tenantId);
      const minute = await this.roots.nextMinute(query, tenantId, last?.minute);
      if (minute === undefined) return false;
      const leaves: Leaf[] = [];
      const until = new Date(minute.getTime() + MINUTE_MS);
      for await (const record of this.roots.rows(query, tenantId, { from: minute, until }))
        leaves.push({ auditId: record.audit_id, hash: leafOf(record) });
      const statement = {
        tenant_id: tenantId,
        seq: Number(last?.seq ?? 0) + 1,
        minute: minute.toISOString(),
        size: leaves.length,
        root_hash: merkleRoot(leaves.map(({ hash }) => hash)).toString('hex'),
        previous_hash: (last?.hash ?? NO_ROOT).toString('hex'),
      };
      const hash = hashOfRoot(statement);
      await this.roots.add(query, {
        ...statement,
        hash,
        mac: macOfRoot(this.key, hash),
        leaves: packLeaves(leaves),
      });
      return true;
    });
  }

  private async underLease(): Promise<void> {
    try {
      await this.leases.with('gateway:audit:seal', LEASE_MS, async (lost) => {
        for (const tenantId of await this.roots.tenantsToSeal()) await this.sealTenant(tenantId, lost);
      });
    } catch (error) {
      this.tellOf(error);
    }
  }

  private async sealTenant(tenantId: string, lost: AbortSignal): Promise<void> {
    try {
      let isMore = true;
      while (isMore && !lost.aborted && !this.isStopped) isMore = await this.sealNext(tenantId);
    } catch (error) {
      this.tellOf(error, tenantId);
    }
  }

  private tellOf(error: unknown, tenant_id?: string): void {
    this.logger.warn({ err: error, tenant_id }, 'A minute of the audit trail is not sealed yet: tried again');
  }
}
