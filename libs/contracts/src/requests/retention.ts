import { z } from 'zod';

import { ConversationId } from '../ids.js';
import type { EventView } from './conversation.js';
import { defineRequest, type Page, PageQuery } from './define-request.js';

/** What becomes of a conversation when its time is over. */
export const RetentionAction = z.enum(['erase', 'archive']);
export type RetentionAction = z.infer<typeof RetentionAction>;

export interface RetentionView {
  /** Days behind the last event of a FINISHED or RESOLVED conversation. */
  readonly days: number;
  readonly action: RetentionAction;
}

export interface ArchivedView {
  readonly conversation_id: string;
  readonly archived_at: string;
  /** How many events its log had. */
  readonly events: number;
}

export const retentionRequests = {
  get: defineRequest<RetentionView>()('retention.get', z.object({})),
  set: defineRequest<RetentionView>()('retention.set', z.object({ action: RetentionAction })),
  listArchive: defineRequest<Page<ArchivedView>>()('retention.list-archive', PageQuery),
  readArchive: defineRequest<Page<EventView>>()(
    'retention.read-archive',
    PageQuery.extend({ conversation_id: ConversationId }),
  ),
} as const;
