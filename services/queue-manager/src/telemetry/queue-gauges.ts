import { Database, Metrics } from '@baton/service';
import { Injectable } from '@nestjs/common';

const PRIORITIES = ['LOW', 'NORMAL', 'HIGH', 'URGENT'];

/** What operators see of the queue as it is now: who waits, for how long, and who could help. */
@Injectable()
export class QueueGauges {
  constructor(
    private readonly database: Database,
    metrics: Metrics,
  ) {
    const { schema } = database;
    const waiting = `FROM ${schema}.agent_queue WHERE status = 'WAITING' GROUP BY priority`;
    this.by(metrics, 'baton_queue_waiting', 'Customers who wait for a person', 'priority', {
      sql: `SELECT priority AS label, count(*)::int AS value ${waiting}`,
      always: PRIORITIES,
    });
    this.by(metrics, 'baton_queue_oldest_wait_seconds', 'How long the first of them has waited', 'priority', {
      sql: `SELECT priority AS label, extract(epoch FROM clock_timestamp() - min(enqueued_at))::float8 AS value ${waiting}`,
      always: PRIORITIES,
    });
    this.by(metrics, 'baton_queue_assigned', 'Conversations that a person has', undefined, {
      sql: `SELECT count(*)::int AS value FROM ${schema}.agent_queue WHERE status = 'ASSIGNED'`,
    });
    this.by(metrics, 'baton_queue_offers_open', 'Offers that nobody has answered', undefined, {
      sql: `SELECT count(*)::int AS value FROM ${schema}.offers WHERE status = 'OPEN'`,
    });
    this.by(metrics, 'baton_agents', 'Human agents, by presence', 'status', {
      sql: `SELECT status AS label, count(*)::int AS value FROM ${schema}.human_agents GROUP BY status`,
      always: ['ONLINE', 'AWAY', 'OFFLINE'],
    });
    this.by(
      metrics,
      'baton_agents_free_slots',
      'Conversations that agents who are online could still take',
      undefined,
      {
        sql: `SELECT coalesce(sum(greatest(0, max_concurrent - active_count)), 0)::int AS value
              FROM ${schema}.human_agents WHERE status = 'ONLINE'`,
      },
    );
  }

  private by(
    metrics: Metrics,
    name: string,
    help: string,
    label: string | undefined,
    { sql, always = [] }: { readonly sql: string; readonly always?: readonly string[] },
  ): void {
    metrics.looked(name, help, label === undefined ? [] : [label], async () => {
      const rows = await this.database.system<{ label?: string; value: number }>(sql);
      if (label === undefined) return rows.map(({ value }) => ({ labels: {}, value }));
      const values = new Map([
        ...always.map((each) => [each, 0] as const),
        ...rows.map((row) => [row.label ?? '', row.value] as const),
      ]);
      return [...values].map(([of, value]) => ({ labels: { [label]: of.toLowerCase() }, value }));
    });
  }
}
