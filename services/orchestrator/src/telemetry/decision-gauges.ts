import { Database, Metrics } from '@baton/service';
import { Injectable } from '@nestjs/common';

/** What waits for a person's word: approvals that nobody has decided, and what is being talked about. */
@Injectable()
export class DecisionGauges {
  constructor(
    private readonly database: Database,
    metrics: Metrics,
  ) {
    const { schema } = database;
    const pending = `FROM ${schema}.approvals WHERE status = 'PENDING'`;
    this.one(
      metrics,
      'baton_approvals_pending',
      'Approvals that nobody has decided',
      `SELECT count(*)::int AS value ${pending}`,
    );
    this.one(
      metrics,
      'baton_approvals_oldest_seconds',
      'How long the oldest of them has waited; 0 where there is none',
      `SELECT greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(requested_at)), 0))::float8 AS value ${pending}`,
    );
    this.one(
      metrics,
      'baton_consultations_active',
      'Consultations that are not over',
      `SELECT count(*)::int AS value FROM ${schema}.consultations WHERE status = 'ACTIVE'`,
    );
  }

  private one(metrics: Metrics, name: string, help: string, sql: string): void {
    metrics.looked(name, help, [], async () => {
      const [row] = await this.database.system<{ value: number }>(sql);
      return [{ labels: {}, value: row?.value ?? 0 }];
    });
  }
}
