import { ANALYTICS_TABLES } from '../schema/analytics-in-full.js';
import type { ConversationStats } from './conversation-stats.js';
import type { ModelCallCost } from './model-call.js';
import type { OwnerInterval } from './owner-interval.js';
import type { ServiceLevelFacts } from './service-level.projection.js';

export const CONVERSATIONS = 'conversation_analytics/conversations';
export const COSTS = 'conversation_analytics/costs';
export const SERVICE_LEVELS = 'conversation_analytics/service-levels';

/** What runs statements that see every tenant: the system role's pool, or its transaction of a rebuild. */
export type SystemQuery = <Row extends object>(sql: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface TenantStats {
  readonly tenantId: string;
  readonly stats: ConversationStats;
  /** The owner intervals that ended meanwhile. */
  readonly ended: readonly OwnerInterval[];
}

type StatsRow = { readonly tenant_id: string } & {
  readonly [K in keyof ConversationStats]: unknown;
};

/** The rows of `conversation_analytics` and the cursors behind them, of every tenant. */
export class ConversationAnalyticsRepository {
  constructor(
    private readonly query: SystemQuery,
    private readonly schema: string,
  ) {}

  async cursor(projection: string): Promise<string | null> {
    const [row] = await this.query<{ cursor: string | null }>(
      `SELECT cursor FROM ${this.schema}.projection_cursors WHERE projection = $1`,
      [projection],
    );
    return row?.cursor ?? null;
  }

  /** What is known of these conversations, by `<tenant>/<conversation>`. */
  async stats(
    conversations: readonly { readonly tenantId: string; readonly conversationId: string }[],
  ): Promise<Map<string, ConversationStats>> {
    const rows = await this.query<StatsRow>(
      `SELECT t.* FROM ${this.schema}.conversation_analytics t
         JOIN unnest($1::text[], $2::text[]) AS r(tenant_id, conversation_id) USING (tenant_id, conversation_id)
        WHERE t.version > 0`,
      [conversations.map((each) => each.tenantId), conversations.map((each) => each.conversationId)],
    );
    return new Map(rows.map((row) => [`${row.tenant_id}/${String(row.conversation_id)}`, toStats(row)]));
  }

  /** Rows, intervals and cursor in one commit; false where the cursor was not at `seen`. */
  async saveStats(rows: readonly TenantStats[], seen: string | null, next: string | null): Promise<boolean> {
    const [row] = await this.query<{ done: boolean }>(
      `SELECT ${this.schema}.project_conversations($1, $2, $3, $4, $5) AS done`,
      [
        CONVERSATIONS,
        seen,
        next,
        JSON.stringify(rows.map(({ tenantId, stats }) => ({ tenant_id: tenantId, ...stats }))),
        JSON.stringify(rows.flatMap(intervalRows)),
      ],
    );
    return row?.done ?? false;
  }

  async saveCosts(
    costs: readonly ModelCallCost[],
    seen: string | null,
    next: string | null,
  ): Promise<boolean> {
    return this.save('project_model_calls', [COSTS, seen, next, JSON.stringify(costs)]);
  }

  async saveServiceLevels(
    facts: readonly ServiceLevelFacts[],
    seen: string | null,
    next: string | null,
  ): Promise<boolean> {
    return this.save('project_service_levels', [SERVICE_LEVELS, seen, next, JSON.stringify(facts)]);
  }

  /** Empties the projection; who follows the logs meanwhile waits at the cursors until the transaction ends. */
  async reset(): Promise<void> {
    await this.query(
      `INSERT INTO ${this.schema}.projection_cursors (projection, cursor) SELECT unnest($1::text[]), NULL
       ON CONFLICT (tenant_id, projection) DO UPDATE SET cursor = NULL`,
      [[CONVERSATIONS, COSTS, SERVICE_LEVELS].sort()],
    );
    for (const table of ['conversation_analytics', ...ANALYTICS_TABLES])
      await this.query(`DELETE FROM ${this.schema}.${table}`);
  }

  private async save(project: string, params: readonly unknown[]): Promise<boolean> {
    const [row] = await this.query<{ done: boolean }>(
      `SELECT ${this.schema}.${project}($1, $2, $3, $4) AS done`,
      params,
    );
    return row?.done ?? false;
  }
}

/** Those that ended, and the one that goes on. */
const intervalRows = ({ tenantId, stats, ended }: TenantStats): object[] =>
  [...ended, ...(stats.owner_interval ? [stats.owner_interval] : [])].map((interval) => ({
    tenant_id: tenantId,
    conversation_id: stats.conversation_id,
    ...interval,
  }));

const toStats = (row: StatsRow): ConversationStats => {
  const { tenant_id: _, ...columns } = row;
  return {
    ...(columns as unknown as ConversationStats),
    started_at: time(row.started_at) as string,
    last_event_at: time(row.last_event_at) as string,
    first_message_at: time(row.first_message_at),
    ai_since: time(row.ai_since),
    human_since: time(row.human_since),
    waiting_since: time(row.waiting_since),
    settled_at: time(row.settled_at),
    // PostgreSQL's 64-bit integers come as text.
    first_response_ms: row.first_response_ms === null ? null : Number(row.first_response_ms),
    ai_ms: Number(row.ai_ms),
    human_ms: Number(row.human_ms),
    queue_ms: Number(row.queue_ms),
    queue_wait_ms: (row.queue_wait_ms as string[]).map(Number),
  };
};

const time = (value: unknown): string | null => (value instanceof Date ? value.toISOString() : null);
