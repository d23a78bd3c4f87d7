import type { ConversationStats } from './conversation-stats.js';

export const CONVERSATIONS = 'conversation_analytics/conversations';
export const COSTS = 'conversation_analytics/costs';

/** What runs statements that see every tenant: the system role's pool, or its transaction of a rebuild. */
export type SystemQuery = <Row extends object>(sql: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface TenantStats {
  readonly tenantId: string;
  readonly stats: ConversationStats;
}

export interface ModelCallCost {
  readonly tenant_id: string;
  readonly conversation_id: string;
  readonly cost_usd: string;
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

  /** Rows and cursor in one commit; false where the cursor was not at `seen`. */
  async saveStats(rows: readonly TenantStats[], seen: string | null, next: string | null): Promise<boolean> {
    const [row] = await this.query<{ done: boolean }>(
      `SELECT ${this.schema}.project_stats($1, $2, $3, $4) AS done`,
      [
        CONVERSATIONS,
        seen,
        next,
        JSON.stringify(rows.map(({ tenantId, stats }) => ({ tenant_id: tenantId, ...stats }))),
      ],
    );
    return row?.done ?? false;
  }

  async saveCosts(
    costs: readonly ModelCallCost[],
    seen: string | null,
    next: string | null,
  ): Promise<boolean> {
    const [row] = await this.query<{ done: boolean }>(
      `SELECT ${this.schema}.project_costs($1, $2, $3, $4) AS done`,
      [COSTS, seen, next, JSON.stringify(costs)],
    );
    return row?.done ?? false;
  }

  /** Empties the projection; who follows the logs meanwhile waits at the cursors until the transaction ends. */
  async reset(): Promise<void> {
    await this.query(
      `INSERT INTO ${this.schema}.projection_cursors (projection, cursor) VALUES ($1, NULL), ($2, NULL)
       ON CONFLICT (tenant_id, projection) DO UPDATE SET cursor = NULL`,
      [CONVERSATIONS, COSTS],
    );
    await this.query(`DELETE FROM ${this.schema}.conversation_analytics`);
  }
}

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
    // PostgreSQL's 64-bit integers come as text.
    first_response_ms: row.first_response_ms === null ? null : Number(row.first_response_ms),
    ai_ms: Number(row.ai_ms),
    human_ms: Number(row.human_ms),
    queue_wait_ms: (row.queue_wait_ms as string[]).map(Number),
  };
};

const time = (value: unknown): string | null => (value instanceof Date ? value.toISOString() : null);
