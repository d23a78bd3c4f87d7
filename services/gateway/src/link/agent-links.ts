import { BusClient } from '@baton/bus';
import { queueWaitRequests, SYSTEM_ACTOR } from '@baton/contracts';
import { newId } from '@baton/service';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';

import type { Principal } from '../auth/principal.js';

/** A sign of life of this gateway for all that it has; three may get lost. */
const HEARTBEAT_MS = 5_000;
/** A call counts as a sign of life of an agent whose stream is gone, told so often at most. */
const SEEN_EVERY_MS = 5_000;
const REPORT_MS = 3_000;
const MOST_AT_ONCE = 5_000;

interface Link {
  open: number;
  toldAt: number;
}

/**
 * Which agents have streams open at this gateway, told to the queue manager: it parts from an agent whose stream is gone
 * for too long. Agents who never had a stream are not in here; they may poll.
 */
@Injectable()
export class AgentLinks implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('AgentLinks');
  private readonly gatewayId = newId('key').replace('key_', 'gateway_');
  private readonly tenants = new Map<string, Map<string, Link>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly bus: BusClient) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      for (const tenantId of this.tenants.keys()) this.reportOpen(tenantId);
    }, HEARTBEAT_MS);
    this.timer.unref();
  }

  /** Streams are closed first, so all of them are told to be gone: their clients come back at another replica. */
  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  opened(principal: Principal): void {
    if (principal.kind !== 'staff') return;
    const { tenantId, agentId } = principal;
    const links = this.tenants.get(tenantId) ?? new Map<string, Link>();
    this.tenants.set(tenantId, links);
    const link = links.get(agentId) ?? { open: 0, toldAt: 0 };
    links.set(agentId, link);
    link.open += 1;
    if (link.open === 1) this.report(tenantId, [[agentId, link]]);
  }

  closed(principal: Principal): void {
    if (principal.kind !== 'staff') return;
    const link = this.linkOf(principal);
    if (!link || link.open === 0) return;
    link.open -= 1;
    if (link.open === 0) this.report(principal.tenantId, [[principal.agentId, link]]);
  }

  /** The agent called: without a stream, and yet there. */
  seen(principal: Principal): void {
    if (principal.kind !== 'staff') return;
    const link = this.linkOf(principal);
    if (!link || link.open > 0 || performance.now() - link.toldAt < SEEN_EVERY_MS) return;
    this.report(principal.tenantId, [[principal.agentId, link]]);
  }

  private linkOf({ tenantId, agentId }: Principal & { kind: 'staff' }): Link | undefined {
    return this.tenants.get(tenantId)?.get(agentId);
  }

  private reportOpen(tenantId: string): void {
    const open = [...(this.tenants.get(tenantId) ?? [])].filter(([, link]) => link.open > 0);
    for (let from = 0; from < open.length; from += MOST_AT_ONCE)
      this.report(tenantId, open.slice(from, from + MOST_AT_ONCE));
  }

  private report(tenantId: string, links: readonly (readonly [string, Link])[]): void {
    for (const [, link] of links) link.toldAt = performance.now();
    const body = {
      gateway_id: this.gatewayId,
      agents: links.map(([agent_id, { open }]) => ({ agent_id, is_open: open > 0 })),
    };
    const ctx = { tenant_id: tenantId, actor: SYSTEM_ACTOR, request_id: newId('req') };
    this.bus
      .request(queueWaitRequests.reportLinks, ctx, body, { timeoutMs: REPORT_MS })
      // The next heartbeat tells it again; one that is gone is missed by then.
      .catch((error: unknown) => this.logger.warn({ err: error }, 'Could not tell which agents are there'));
  }
}
