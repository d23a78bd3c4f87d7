import type { RecordedEvent } from '@baton/contracts';
import type { Database, Metrics } from '@baton/service';

import type { OutboxRelay } from './outbox-relay.js';

/** More rows than this are not counted: it is far too many already. */
const MOST_COUNTED = 100_000;

/** What an operator sees of a log: what was recorded, what waits to be published, what was parked. */
export class LogMetrics {
  private readonly recorded;
  private readonly published;

  constructor(
    private readonly metrics: Metrics,
    database: Database,
  ) {
    this.recorded = metrics.counter('baton_events_recorded_total', 'Events committed to the log', ['type']);
    this.published = metrics.counter('baton_outbox_published_total', 'Events published from the outbox');
    const { schema } = database;
    const one = (name: string, help: string, sql: string): void =>
      metrics.looked(name, help, [], async () => {
        const [row] = await database.system<{ value: number }>(sql);
        return [{ labels: {}, value: row?.value ?? 0 }];
      });
    one(
      'baton_outbox_rows',
      `Events that wait to be published; ${MOST_COUNTED} where there are more`,
      `SELECT count(*)::int AS value FROM (SELECT FROM ${schema}.outbox LIMIT ${MOST_COUNTED}) o`,
    );
    one(
      'baton_outbox_age_seconds',
      'How long the oldest event has waited to be published; 0 where none waits',
      // By its place in the log: what was committed late is younger than that, never older.
      `SELECT coalesce(extract(epoch FROM clock_timestamp() - (SELECT e.occurred_at FROM ${schema}.events e
          WHERE e.global_position = (SELECT min(global_position) FROM ${schema}.outbox))), 0)::float8 AS value`,
    );
    one(
      'baton_timers_overdue_seconds',
      'How long the timer that is most overdue has waited; 0 where none is',
      `SELECT greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0))::float8 AS value
         FROM ${schema}.timers`,
    );
    metrics.looked(
      'baton_dead_letters_open',
      'Streams that are parked in a consumer now',
      ['consumer'],
      async () =>
        (
          await database.system<{ consumer: string; value: number }>(
            `SELECT consumer, count(*)::int AS value FROM ${schema}.dead_letters WHERE settled_at IS NULL GROUP BY consumer`,
          )
        ).map(({ consumer, value }) => ({ labels: { consumer }, value })),
    );
  }

  committed(events: readonly RecordedEvent[]): void {
    for (const { type } of events) this.recorded.inc({ type });
  }

  relayed(count: number): void {
    this.published.inc(count);
  }

  watch(relay: OutboxRelay): void {
    this.metrics.sampled(
      'baton_outbox_partitions_held',
      'Parts of the outbox that this process publishes',
      [],
      () => [{ labels: {}, value: relay.held }],
    );
  }
}
