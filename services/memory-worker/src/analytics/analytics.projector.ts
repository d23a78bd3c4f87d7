import type { LogPage, RecordedEvent } from '@baton/contracts';

import { evolveStats } from './conversation-analytics.projection.js';
import type { ConversationAnalyticsRepository, TenantStats } from './conversation-analytics.repository.js';
import type { ConversationStats } from './conversation-stats.js';
import type { LogReader } from './log-reader.client.js';
import { modelCallCosts } from './model-call.js';
import type { OwnerInterval } from './owner-interval.js';
import { serviceLevelOf } from './service-level.projection.js';

/** Takes pages of the logs into `conversation_analytics`: the same for following them and for a rebuild. */
export class AnalyticsProjector {
  constructor(
    private readonly repository: ConversationAnalyticsRepository,
    private readonly logs: Pick<LogReader, 'conversation'>,
  ) {}

  /** Folds a page of conversation events; false where the cursor was elsewhere. */
  async takeConversations(page: LogPage, after: string | null): Promise<boolean> {
    const streams = Map.groupBy(page.events, (event) => `${event.tenant_id}/${event.stream_id}`);
    const known = await this.repository.stats(
      [...streams.values()].map(([first]) => ({
        tenantId: (first as RecordedEvent).tenant_id,
        conversationId: (first as RecordedEvent).stream_id,
      })),
    );
    const rows = await Promise.all([...streams].map(([key, events]) => this.fold(known.get(key), events)));
    return this.repository.saveStats(rows, after, page.next);
  }

  /** Adds up what a page of the ledger says that conversations cost; false where the cursor was elsewhere. */
  takeModelCalls(page: LogPage, after: string | null): Promise<boolean> {
    return this.repository.saveCosts(page.events.flatMap(modelCallCosts), after, page.next);
  }

  /** Takes in what a page of the queue's log says of service levels; false where the cursor was elsewhere. */
  takeServiceLevels(page: LogPage, after: string | null): Promise<boolean> {
    const facts = page.events.flatMap((event) => serviceLevelOf(event) ?? []);
    return this.repository.saveServiceLevels(facts, after, page.next);
  }

  private async fold(
    known: ConversationStats | undefined,
    events: readonly RecordedEvent[],
  ): Promise<TenantStats> {
    const { tenant_id: tenantId, stream_id: conversationId } = events[0] as RecordedEvent;
    let stats = known;
    const ended: OwnerInterval[] = [];
    for (const event of events.toSorted((a, b) => a.version - b.version)) {
      const version = stats?.version ?? 0;
      if (event.version <= version) continue;
      // The log's order is that of transactions: two of one stream may stand the other way round in it.
      const due =
        event.version === version + 1
          ? [event]
          : await this.logs.conversation(tenantId, conversationId, version);
      for (const each of due) {
        const folded = evolveStats(stats, conversationId, each);
        stats = folded.stats;
        ended.push(...folded.ended);
      }
    }
    return { tenantId, stats: stats as ConversationStats, ended };
  }
}
