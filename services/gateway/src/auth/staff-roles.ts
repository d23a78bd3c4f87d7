import { isBatonError, type StaffRole, staffRequests, SYSTEM_ACTOR } from '@baton/contracts';
import { BusClient } from '@baton/bus';
import { newId } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { ShortCache } from './short-cache.js';

/** A change of role takes effect within this time. */
const ROLE_TTL_MS = 1000;
/** Staff can go on answering customers while the queue manager restarts. */
const ROLE_STALE_MS = 60_000;
const LOOK_UP_TIMEOUT_MS = 2000;

/** The role a human agent has now, asked of the queue manager. */
@Injectable()
export class StaffRoles {
  private readonly cache: ShortCache<StaffRole | undefined>;

  constructor(private readonly bus: BusClient) {
    this.cache = new ShortCache({
      ttlMs: ROLE_TTL_MS,
      staleMs: ROLE_STALE_MS,
      load: (key) => this.load(key),
      isAway: (error) => isBatonError(error) && error.retryable,
    });
  }

  /** Undefined where there is no such agent. */
  of(tenantId: string, agentId: string): StaffRole | undefined | Promise<StaffRole | undefined> {
    return this.cache.get(`${tenantId}/${agentId}`);
  }

  forget(tenantId: string, agentId: string): void {
    this.cache.forget(`${tenantId}/${agentId}`);
  }

  private async load(key: string): Promise<StaffRole | undefined> {
    const [tenant_id = '', agent_id = ''] = key.split('/');
    const ctx = { tenant_id, actor: SYSTEM_ACTOR, request_id: newId('req') };
    try {
      const agent = await this.bus.request(
        staffRequests.getAgent,
        ctx,
        { agent_id },
        { timeoutMs: LOOK_UP_TIMEOUT_MS },
      );
      return agent.role;
    } catch (error) {
      if (isBatonError(error, 'not-found')) return undefined;
      throw error;
    }
  }
}
