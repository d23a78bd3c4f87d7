import { BatonError, type HumanAgentView, type Page } from '@baton/contracts';
import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import type { Loaded } from '../log/work.js';
import { instant, type SqlRow } from '../read-model/instants.js';
import { decodeCursor, type PageRequest, pageOf } from '../read-model/page-cursor.js';
import { agentOfRow, type HumanAgentRow } from './human-agent.projection.js';
import { type HumanAgent, type RegisteredAgent, takenSlots } from './human-agent.state.js';

type Row = SqlRow<HumanAgentRow, 'idle_since' | 'created_at' | 'updated_at'>;

/** What is read of `human_agents`. */
@Injectable()
export class HumanAgentReads {
  constructor(private readonly database: Database) {}

  /** Every agent of a tenant as their stream has them. */
  async loadAll(tenantId: string): Promise<Map<string, Loaded<HumanAgent>>> {
    const rows = await this.database.hot<Row>(`SELECT * FROM ${this.database.schema}.agents_of($1)`, [
      tenantId,
    ]);
    return new Map(rows.map((row) => [row.agent_id, { state: agentOf(row), version: row.version }]));
  }

  async list(tenantId: string, query: PageRequest): Promise<Page<HumanAgentView>> {
    const after = decodeCursor(query.cursor, 2);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<Row>(
        `SELECT * FROM ${this.database.schema}.human_agents
          WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (created_at, agent_id) > ($2::timestamptz, $3::text))
          ORDER BY created_at, agent_id LIMIT $4`,
        [tenantId, after?.[0] ?? null, after?.[1] ?? null, query.limit + 1],
      ),
    );
    const views = rows.map((row) => humanAgentView(agentOf(row)));
    return pageOf(views, query.limit, (last) => [last.created_at, last.agent_id]);
  }

  /** @throws BatonError `not-found` */
  async get(tenantId: string, agentId: string): Promise<HumanAgentView> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<Row>(
        `SELECT * FROM ${this.database.schema}.human_agents WHERE tenant_id = $1 AND agent_id = $2`,
        [tenantId, agentId],
      ),
    );
    if (!row) throw new BatonError('not-found', 'There is no such agent');
    return humanAgentView(agentOf(row));
  }
}

const agentOf = (row: Row): RegisteredAgent =>
  agentOfRow({
    ...row,
    idle_since: instant(row.idle_since),
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  });

export const humanAgentView = (agent: RegisteredAgent): HumanAgentView => ({
  agent_id: agent.agent_id,
  ...agent.profile,
  status: agent.status,
  active_count: takenSlots(agent),
  created_at: agent.created_at,
  updated_at: agent.updated_at,
});
