import type { BusClient } from '@baton/bus';
import { memoryRequests } from '@baton/contracts';
import { newId } from '@baton/service';
import { Logger } from '@nestjs/common';

import { systemContext } from './system-context.js';
import type { ConversationSummaries } from './summaries.port.js';

/** Memory makes a handover clearer; it never makes a customer wait. */
const TIMEOUT_MS = 1500;

/** What conversations ask of the memory-worker. */
export class Memories implements ConversationSummaries {
  private readonly logger = new Logger('Memories');

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

  /** Now rather than when the event arrives; the event does it where this could not. */
  async forget(tenantId: string, conversationId: string): Promise<void> {
    try {
      await this.bus.request(
        memoryRequests.forget,
        systemContext(tenantId, newId('req')),
        { conversation_id: conversationId },
        { timeoutMs: TIMEOUT_MS },
      );
    } catch (error) {
      this.logger.warn({ err: error, conversation_id: conversationId }, 'Memory forgets when it hears of it');
    }
  }
}
