import { Database, Metrics } from '@baton/service';
import { Injectable } from '@nestjs/common';

/** More are not counted: it is far too many already. */
const MOST_COUNTED = 100_000;

/** What operators see of deliveries that are still to be made. */
@Injectable()
export class WebhookGauges {
  constructor(database: Database, metrics: Metrics) {
    const pending = `(SELECT created_at FROM ${database.schema}.webhook_deliveries WHERE status = 'PENDING' LIMIT ${MOST_COUNTED}) d`;
    const one = (name: string, help: string, value: string): void =>
      metrics.looked(name, help, [], async () => {
        const [row] = await database.system<{ value: number }>(`SELECT ${value} AS value FROM ${pending}`);
        return [{ labels: {}, value: row?.value ?? 0 }];
      });
    one(
      'baton_webhook_deliveries_pending',
      `Deliveries to webhooks that are to be made; ${MOST_COUNTED} where there are more`,
      'count(*)::int',
    );
    one(
      'baton_webhook_oldest_pending_seconds',
      'How long the oldest of them has waited; 0 where there is none',
      'greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0))::float8',
    );
  }
}
