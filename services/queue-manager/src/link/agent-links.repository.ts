import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

export interface LinkReport {
  readonly agent_id: string;
  readonly is_open: boolean;
}

export interface GoneLook {
  readonly graceMs: number;
  readonly gatewayDeadMs: number;
  readonly limit: number;
  readonly skip: number;
}

export interface GoneAgent {
  readonly tenant_id: string;
  readonly agent_id: string;
  /** To the microsecond. */
  readonly seen_at: string;
}

/** Which agents hold streams open at which gateway, by the database's clock. Who never had one is not in here. */
@Injectable()
export class AgentLinksRepository {
  constructor(private readonly database: Database) {}

  async report(tenantId: string, gatewayId: string, agents: readonly LinkReport[]): Promise<void> {
    await this.database.tenant(tenantId, (q) =>
      q.query(
        `INSERT INTO ${this.schema}.agent_links AS l (tenant_id, agent_id, gateway_id, is_open, seen_at)
         SELECT $1, a.agent_id, $2, a.is_open, clock_timestamp()
           FROM unnest($3::text[], $4::boolean[]) AS a (agent_id, is_open) ORDER BY a.agent_id
         ON CONFLICT (tenant_id, agent_id, gateway_id)
         DO UPDATE SET is_open = excluded.is_open, seen_at = excluded.seen_at`,
        [tenantId, gatewayId, agents.map((each) => each.agent_id), agents.map((each) => each.is_open)],
      ),
    );
  }

  /**
   * Agents whose last sign of life is older than `graceMs`, and of whom no gateway that is alive has a stream: longest
   * gone first, without the first `skip` of them.
   */
  async gone({ graceMs, gatewayDeadMs, limit, skip }: GoneLook): Promise<GoneAgent[]> {
    return this.database.system<GoneAgent>(
      `SELECT tenant_id, agent_id, max(seen_at)::text AS seen_at FROM ${this.schema}.agent_links
        GROUP BY tenant_id, agent_id
       HAVING max(seen_at) < clock_timestamp() - $1 * interval '1 millisecond'
          AND NOT bool_or(is_open AND seen_at > clock_timestamp() - $2 * interval '1 millisecond')
        ORDER BY max(seen_at), tenant_id, agent_id LIMIT $3 OFFSET $4`,
      [graceMs, gatewayDeadMs, limit, skip],
    );
  }

  /** What the agent has, to be given to others. */
  async owned(
    tenantId: string,
    agentId: string,
  ): Promise<{ readonly conversation_id: string; readonly handover_id: string }[]> {
    return this.database.tenant(tenantId, (q) =>
      q.query(
        `SELECT conversation_id, handover_id FROM ${this.schema}.agent_queue
          WHERE tenant_id = $1 AND agent_id = $2 AND status = 'ASSIGNED'`,
        [tenantId, agentId],
      ),
    );
  }

  /** Forgets a gone agent, unless they came back meanwhile. */
  async forget({ tenant_id, agent_id, seen_at }: GoneAgent): Promise<void> {
    await this.database.tenant(tenant_id, (q) =>
      q.query(
        `DELETE FROM ${this.schema}.agent_links WHERE tenant_id = $1 AND agent_id = $2 AND seen_at <= $3::timestamptz`,
        [tenant_id, agent_id, seen_at],
      ),
    );
  }

  private get schema(): string {
    return this.database.schema;
  }
}
