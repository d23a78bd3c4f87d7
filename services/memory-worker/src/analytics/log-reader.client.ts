import { BusClient } from '@baton/bus';
import { type LogPage, logRequests, type RecordedEvent } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { ownContext } from '../llm/llm.client.js';

const PAGE = 500;

/** The logs of other services, as analytics reads them: all tenants, personal fields sealed. */
@Injectable()
export class LogReader {
  constructor(private readonly bus: BusClient) {}

  conversations(after: string | null, limit: number): Promise<LogPage> {
    return this.bus.request(logRequests.orchestrator, ownContext('*'), {
      log: { stream_types: ['conversation'], after },
      limit,
    });
  }

  modelCalls(after: string | null, limit: number): Promise<LogPage> {
    return this.bus.request(logRequests.llmRouter, ownContext('*'), {
      log: { stream_types: ['llm_call'], after },
      limit,
    });
  }

  /** What the queue says that service levels are told from. */
  serviceLevels(after: string | null, limit: number): Promise<LogPage> {
    return this.bus.request(logRequests.queueManager, ownContext('*'), {
      log: { stream_types: ['queue_item'], after },
      limit,
    });
  }

  /** One conversation's events behind a version, to the end. */
  async conversation(
    tenantId: string,
    conversationId: string,
    afterVersion: number,
  ): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (;;) {
      const page = await this.bus.request(logRequests.orchestrator, ownContext(tenantId), {
        stream: {
          stream_type: 'conversation',
          stream_id: conversationId,
          after_version: events.at(-1)?.version ?? afterVersion,
        },
        limit: PAGE,
      });
      events.push(...page.events);
      if (page.events.length === 0) return events;
    }
  }
}
