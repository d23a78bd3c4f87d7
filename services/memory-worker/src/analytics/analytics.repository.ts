import type { AnalyticsGroup, AnalyticsMetrics } from '@baton/contracts';
import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { type Aggregates, NOTHING, toMetrics } from './metrics.js';
import { metricsSql } from './metrics.sql.js';
import type { OwnerInterval } from './owner-interval.js';

export interface AnalyticsRange {
  readonly from: string | null;
  readonly to: string | null;
  readonly groupBy: readonly AnalyticsGroup[];
  /** Only this conversation. */
  readonly conversationId?: string;
}

/** What the answer rests on beside the rows. */
export interface AnalyticsTerms {
  /** In USD, for conversations in whose log it is not said. */
  readonly humanCostPerHour: string;
  /** When the seven days of a durable resolution are over, is counted from here. */
  readonly now: string;
}

export interface MetricsGroup {
  /** One for each grouping asked for. */
  readonly keys: readonly string[];
  readonly metrics: AnalyticsMetrics;
}

export interface MetricsAnswer {
  readonly total: AnalyticsMetrics;
  /** In the order of their keys. */
  readonly groups: readonly MetricsGroup[];
}

/** Reads `conversation_analytics` and what stands beside it: only the rows of the window. */
@Injectable()
export class AnalyticsRepository {
  constructor(private readonly database: Database) {}

  metrics(tenantId: string, range: AnalyticsRange, terms: AnalyticsTerms): Promise<MetricsAnswer> {
    return this.database.tenant(tenantId, async (tenant) => {
      const rows = await tenant.query<Aggregates>(metricsSql(range.groupBy), [
        range.from,
        range.to,
        range.conversationId ?? null,
        terms.humanCostPerHour,
        terms.now,
      ]);
      return {
        total: toMetrics(rows.find(({ level }) => level === 1) ?? NOTHING),
        groups: rows
          .filter(({ level }) => level === 0)
          .map((row) => ({ keys: row.keys, metrics: toMetrics(row) })),
      };
    });
  }

  /** One conversation's own row; undefined where nothing is known of it. */
  conversation(tenantId: string, conversationId: string): Promise<ConversationRow | undefined> {
    return this.database.tenant(tenantId, async (tenant) => {
      const [row] = await tenant.query<ConversationRow>(
        `SELECT conversation_id, state, workflow_name, workflow_version, channel, turns, customer_messages, ai_messages,
                human_messages, handovers, resolved, reopened, erased, started_at, last_event_at, intervals
           FROM conversation_analytics WHERE conversation_id = $1 AND version > 0`,
        [conversationId],
      );
      return row;
    });
  }

  /** The latest owner intervals of a conversation, oldest first. */
  intervals(tenantId: string, conversationId: string, limit: number): Promise<IntervalRow[]> {
    return this.database.tenant(tenantId, async (tenant) => {
      const rows = await tenant.query<IntervalRow>(
        `SELECT owner, agent_id, reason, started_at, ended_at, ended_by, ms::float8 AS ms
           FROM conversation_intervals WHERE conversation_id = $1 ORDER BY seq DESC LIMIT $2`,
        [conversationId, limit],
      );
      return rows.toReversed();
    });
  }
}

export type IntervalRow = Pick<OwnerInterval, 'owner' | 'agent_id' | 'reason' | 'ended_by' | 'ms'> & {
  readonly started_at: Date;
  readonly ended_at: Date | null;
};

export interface ConversationRow {
  readonly conversation_id: string;
  readonly state: string;
  readonly workflow_name: string | null;
  readonly workflow_version: number | null;
  readonly channel: string | null;
  readonly turns: number;
  readonly customer_messages: number;
  readonly ai_messages: number;
  readonly human_messages: number;
  readonly handovers: number;
  readonly resolved: boolean;
  readonly reopened: number;
  readonly erased: boolean;
  readonly started_at: Date;
  readonly last_event_at: Date;
  readonly intervals: number;
}
