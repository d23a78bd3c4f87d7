import { type AnswerOf, analyticsRequests, BatonError, type BodyOf } from '@baton/contracts';
import { CONFIG } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import type { MemoryWorkerConfig } from '../config.js';
import { AnalyticsRepository } from './analytics.repository.js';

/** What conversations came to: all of a range, in groups, or one. */
@Injectable()
export class ShowAnalyticsHandler {
  constructor(
    private readonly analytics: AnalyticsRepository,
    @Inject(CONFIG) private readonly config: MemoryWorkerConfig,
  ) {}

  async summary(
    tenantId: string,
    { group_by, ...range }: BodyOf<typeof analyticsRequests.summary>,
  ): Promise<AnswerOf<typeof analyticsRequests.summary>> {
    const from = range.from ?? null;
    const to = range.to ?? null;
    if (from !== null && to !== null && from >= to) {
      throw new BatonError('validation-failed', 'The range is empty', {
        errors: [{ path: 'to', message: 'must be after from' }],
      });
    }
    const [total, ...groups] = await this.analytics.metrics(
      tenantId,
      { from, to, groupBy: group_by ?? null },
      this.config.BATON_HUMAN_COST_PER_HOUR,
    );
    if (!total) throw new Error('There is always a row over everything');
    return {
      from,
      to,
      ...total.metrics,
      ...(group_by && {
        groups: groups.map(({ group, metrics }) => ({ group: group ?? '', ...metrics })),
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
    const [total] = await this.analytics.metrics(
      tenantId,
      { from: null, to: null, groupBy: null, conversationId },
      this.config.BATON_HUMAN_COST_PER_HOUR,
    );
    if (!total) throw new Error('There is always a row over everything');
    const { workflow_name: workflow, erased: _, started_at, last_event_at, ...counts } = row;
    return {
      ...total.metrics,
      ...counts,
      workflow,
      started_at: started_at.toISOString(),
      last_event_at: last_event_at.toISOString(),
    };
  }
}
