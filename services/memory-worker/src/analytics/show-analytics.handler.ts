import {
  type AnalyticsGroup,
  type AnswerOf,
  analyticsRequests,
  BatonError,
  type BodyOf,
  MOST_GROUP_ROWS,
} from '@baton/contracts';
import { Clock, CONFIG } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import type { MemoryWorkerConfig } from '../config.js';
import { type AnalyticsTerms, AnalyticsRepository } from './analytics.repository.js';
import { AnalyticsRowsRepository } from './analytics-rows.repository.js';
import { decodePlace, encodePlace } from './rows-cursor.js';
import { seconds } from './metrics.js';

/** So many of a conversation's owner intervals are shown with it. */
const INTERVALS = 500;

/** What conversations came to: all of a range, in groups, one, or row by row. */
@Injectable()
export class ShowAnalyticsHandler {
  constructor(
    private readonly analytics: AnalyticsRepository,
    private readonly exported: AnalyticsRowsRepository,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: MemoryWorkerConfig,
  ) {}

  async summary(
    tenantId: string,
    { group_by, ...range }: BodyOf<typeof analyticsRequests.summary>,
  ): Promise<AnswerOf<typeof analyticsRequests.summary>> {
    const { from, to } = windowOf(range);
    const groupBy = groupings(group_by);
    const { total, groups } = await this.analytics.metrics(tenantId, { from, to, groupBy }, this.terms());
    if (groups.length > MOST_GROUP_ROWS) {
      throw invalid(
        'group_by',
        `gives ${groups.length} groups, more than ${MOST_GROUP_ROWS}: narrow the range`,
      );
    }
    return {
      from,
      to,
      ...total,
      ...(groupBy.length > 0 && {
        groups: groups.map(({ keys, metrics }) => ({
          group: keys.join(' · '),
          keys: Object.fromEntries(groupBy.map((name, index) => [name, keys[index] ?? ''])),
          ...metrics,
        })),
      }),
    };
  }

  async conversation(
    tenantId: string,
    conversationId: string,
  ): Promise<AnswerOf<typeof analyticsRequests.conversation>> {
    const row = await this.analytics.conversation(tenantId, conversationId);
    if (!row) throw new BatonError('not-found', `There is no conversation ${conversationId}`);
    if (row.erased) throw new BatonError('erased', 'This conversation was erased');
    const [{ total }, intervals] = await Promise.all([
      this.analytics.metrics(tenantId, { from: null, to: null, groupBy: [], conversationId }, this.terms()),
      this.analytics.intervals(tenantId, conversationId, INTERVALS),
    ]);
    const { workflow_name, erased: _, started_at, last_event_at, intervals: interval_count, ...counts } = row;
    return {
      ...total,
      ...counts,
      workflow: workflow_name,
      started_at: started_at.toISOString(),
      last_event_at: last_event_at.toISOString(),
      interval_count,
      intervals: intervals.map(({ ms, ...interval }) => ({
        ...interval,
        started_at: interval.started_at.toISOString(),
        ended_at: interval.ended_at?.toISOString() ?? null,
        seconds: seconds(ms),
      })),
    };
  }

  async rows(
    tenantId: string,
    { after, limit, ...range }: BodyOf<typeof analyticsRequests.rows>,
  ): Promise<AnswerOf<typeof analyticsRequests.rows>> {
    const query = { ...windowOf(range), after: after === null ? null : decodePlace(after), limit };
    const found = await this.exported.page(tenantId, query, this.terms());
    const last = found.at(-1);
    return {
      rows: found.map(({ row }) => row),
      next: found.length < limit || !last ? null : encodePlace(last.place),
    };
  }

  private terms(): AnalyticsTerms {
    return { humanCostPerHour: this.config.BATON_HUMAN_COST_PER_HOUR, now: this.clock.nowIso() };
  }
}

const groupings = (
  asked: AnalyticsGroup | readonly AnalyticsGroup[] | undefined,
): readonly AnalyticsGroup[] => {
  const groupBy = asked === undefined ? [] : typeof asked === 'string' ? [asked] : asked;
  if (new Set(groupBy).size < groupBy.length) throw invalid('group_by', 'must hold nothing twice');
  return groupBy;
};

const windowOf = (range: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}): { readonly from: string | null; readonly to: string | null } => {
  const { from = null, to = null } = range;
  if (from !== null && to !== null && from >= to) throw invalid('to', 'must be after from');
  return { from, to };
};

const invalid = (path: string, message: string): BatonError =>
  new BatonError('validation-failed', 'The question is not valid', { errors: [{ path, message }] });
