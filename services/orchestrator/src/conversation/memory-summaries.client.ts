import type { BusClient } from '@baton/bus';
import { memoryRequests } from '@baton/contracts';
import { newId } from '@baton/service';
import { Logger } from '@nestjs/common';

import { systemContext } from './conversation.repository.js';
import type { ConversationSummaries } from './summaries.port.js';

/** Memory makes a handover clearer; it never makes a customer wait. */
const TIMEOUT_MS = 1500;

/** The rolling summary, asked of the memory-worker. */
export class MemorySummaries implements ConversationSummaries {
  private readonly logger = new Logger('MemorySummaries');

  constructor(private readonly bus: BusClient) {}

  async of(tenantId: string, conversationId: string): Promise<string | null> {
    try {
      const memory = await this.bus.request(
        memoryRequests.ofConversation,
        systemContext(tenantId, newId('req')),
        { conversation_id: conversationId },
        { timeoutMs: TIMEOUT_MS },
      );
      return memory.summary;
    } catch (error) {
      this.logger.warn({ err: error, conversation_id: conversationId }, 'No summary: memory does not answer');
      return null;
    }
  }
}
