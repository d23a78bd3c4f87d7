import { Clock, Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import type { QueueRow } from '../queue-item/queue-item.projection.js';
import { type PastWait, ratesOf, type WaitRates } from './estimate-wait.js';

/** How far back a wait still says something about the next. */
const WINDOW_MS = 24 * 60 * 60 * 1000;
/** The newest so many of them. */
const MOST = 400;
/** So long what was found is good enough. */
const FRESH_MS = 3_000;
const KNOWN_TENANTS = 1_000;

type Row = Pick<QueueRow, 'handover_id' | 'queue' | 'requirement' | 'priority'> & {
  readonly rank_at: Date;
  readonly enqueued_at: Date;
  readonly left_at: Date | null;
  readonly answered: boolean;
};

/** How long people waited lately, by tenant. Callbacks are left out: nobody sat and waited. */
@Injectable()
export class RecentWaits {
  private readonly known = new Map<string, { readonly at: number; readonly rates: Promise<WaitRates> }>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  rates(tenantId: string): Promise<WaitRates> {
    const known = this.known.get(tenantId);
    if (known && performance.now() - known.at < FRESH_MS) return known.rates;
    const rates = this.read(tenantId).then(ratesOf);
    rates.catch(() => this.known.delete(tenantId));
    this.known.delete(tenantId);
    this.known.set(tenantId, { at: performance.now(), rates });
    if (this.known.size > KNOWN_TENANTS) this.known.delete(this.known.keys().next().value ?? '');
    return rates;
  }

  private async read(tenantId: string): Promise<PastWait[]> {
    const since = new Date(this.clock.nowMs() - WINDOW_MS).toISOString();
    const columns = `handover_id, queue, requirement, priority, rank_at, enqueued_at,
      coalesce(first_assigned_at, closed_at) AS left_at, first_assigned_at IS NOT NULL AS answered`;
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<Row>(
        `(SELECT ${columns} FROM ${this.database.schema}.agent_queue
           WHERE tenant_id = $1 AND is_callback IS NOT TRUE AND coalesce(first_assigned_at, closed_at) > $2
           ORDER BY coalesce(first_assigned_at, closed_at) DESC LIMIT $3)
         UNION ALL
         (SELECT ${columns} FROM ${this.database.schema}.agent_queue
           WHERE tenant_id = $1 AND is_callback IS NOT TRUE AND status = 'WAITING' AND first_assigned_at IS NULL
           ORDER BY rank_at LIMIT $3)`,
        [tenantId, since, MOST],
      ),
    );
    return rows.map(({ rank_at, enqueued_at, left_at, ...row }) => ({
      ...row,
      rank: rank_at.getTime(),
      joined: enqueued_at.getTime(),
      left: left_at?.getTime() ?? null,
    }));
  }
}
