import { type OpenWork, STUCK_AFTER_SECONDS } from '@baton/contracts';
import { Database, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

/** More are counted, not shown: one mended cause frees them all. */
const MOST_SHOWN = 20;
/** A player has a pulse every few seconds, and whoever has none for seven is replaced. */
const SILENT_SECONDS = 30;

interface TurnRow {
  readonly conversation_id: string;
  readonly turn_number: number;
  readonly status: 'COLLECTING' | 'PROCESSING';
  readonly run_id: string | null;
  readonly attempts: number;
  readonly received_at: Date;
  readonly due_at: Date;
  readonly started_at: Date | null;
}

interface TurnCounts {
  readonly collecting: number;
  readonly processing: number;
  readonly stuck: number;
  readonly oldest: Date | null;
}

/** What the AI has not finished, from the indexes of open work: no dearer in a large table than in a small one. */
@Injectable()
export class OpenWorkReads {
  constructor(private readonly database: Database) {}

  of(tenantId: string): Promise<OpenWork> {
    return this.database.tenant(tenantId, async (q) => {
      const counts = await this.turnCounts(q, tenantId);
      const stuck = counts.stuck === 0 ? [] : await this.stuckTurns(q, tenantId);
      return {
        turns: {
          collecting: counts.collecting,
          processing: counts.processing,
          oldest_received_at: counts.oldest?.toISOString() ?? null,
        },
        stuck: stuck.map(({ received_at, due_at, started_at, ...turn }) => ({
          ...turn,
          received_at: received_at.toISOString(),
          due_at: due_at.toISOString(),
          started_at: started_at?.toISOString() ?? null,
        })),
        stuck_count: counts.stuck,
        runs: await this.runs(q, tenantId),
      };
    });
  }

  private async turnCounts(q: TenantQuery, tenantId: string): Promise<TurnCounts> {
    const [row] = await q.query<TurnCounts>(
      `SELECT count(*) FILTER (WHERE status = 'COLLECTING')::int AS collecting,
              count(*) FILTER (WHERE status = 'PROCESSING')::int AS processing,
              count(*) FILTER (WHERE ${IS_STUCK})::int AS stuck, min(received_at) AS oldest
         FROM ${this.database.schema}.conversation_turns WHERE tenant_id = $1 AND ${IS_OPEN}`,
      [tenantId, STUCK_AFTER_SECONDS.COLLECTING, STUCK_AFTER_SECONDS.PROCESSING],
    );
    return row ?? { collecting: 0, processing: 0, stuck: 0, oldest: null };
  }

  private stuckTurns(q: TenantQuery, tenantId: string): Promise<TurnRow[]> {
    return q.query<TurnRow>(
      `SELECT conversation_id, turn_number, status, run_id, attempts, received_at, due_at, started_at
         FROM ${this.database.schema}.conversation_turns WHERE tenant_id = $1 AND ${IS_OPEN} AND ${IS_STUCK}
        ORDER BY due_at LIMIT ${MOST_SHOWN}`,
      [tenantId, STUCK_AFTER_SECONDS.COLLECTING, STUCK_AFTER_SECONDS.PROCESSING],
    );
  }

  private async runs(q: TenantQuery, tenantId: string): Promise<OpenWork['runs']> {
    const [row] = await q.query<OpenWork['runs']>(
      `SELECT count(*)::int AS running,
              count(*) FILTER (WHERE alive_at < clock_timestamp() - $2 * interval '1 second')::int AS silent
         FROM ${this.database.schema}.runs WHERE tenant_id = $1 AND status = 'RUNNING' AND mode = 'standalone'`,
      [tenantId, SILENT_SECONDS],
    );
    return row ?? { running: 0, silent: 0 };
  }
}

/** As the partial index of open turns says it. */
const IS_OPEN = `status IN ('COLLECTING', 'PROCESSING') AND due_at IS NOT NULL`;
const IS_STUCK = `CASE status WHEN 'COLLECTING' THEN due_at < clock_timestamp() - $2 * interval '1 second'
  ELSE coalesce(started_at, due_at) < clock_timestamp() - $3 * interval '1 second' END`;
