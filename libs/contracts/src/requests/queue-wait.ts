import { z } from 'zod';

import { WaitEstimate } from '../events/queue.js';
import { CallerToken, ConversationId } from '../ids.js';
import { defineRequest } from './define-request.js';

/** What became of a wait that the queue looked at. */
export interface WaitVerdict {
  /** `over`: this handover waits no longer. `told`: it waits, and the customer knows. */
  readonly outcome: 'told' | 'stays_with_ai' | 'callback' | 'over';
}

/** What services ask each other about waits, and about agents who are gone. */
export const queueWaitRequests = {
  /** The queue's word to the conversation that nobody is being asked now: it says what happens, and tells the customer. */
  tellWait: defineRequest<WaitVerdict>()(
    'conversation.tell-wait',
    z.object({
      conversation_id: ConversationId,
      handover_id: z.string(),
      /** Somebody who may be asked, now or as time goes by, is there. */
      anyone_there: z.boolean(),
      /** Somebody is being asked: only closed doors end such a wait, and there is nothing to tell. */
      is_asked: z.boolean().default(false),
      estimate: WaitEstimate.nullable(),
    }),
  ),
  /** The agent's connection is gone and did not come back: the conversation goes to somebody else. */
  agentGone: defineRequest<null>()(
    'conversation.agent-gone',
    z.object({ conversation_id: ConversationId, handover_id: z.string(), agent_id: CallerToken }),
  ),
  /** A gateway tells which agents hold streams open at it; those it names no more have none there. */
  reportLinks: defineRequest<null>()(
    'human-agent.report-links',
    z.object({
      gateway_id: CallerToken,
      /** Changed since the last report, or all of them as a sign of life. */
      agents: z.array(z.object({ agent_id: CallerToken, is_open: z.boolean() })).max(10_000),
    }),
  ),
} as const;

/** Sent to every gateway: who has this customer's stream open answers on `reply_to`. */
export const CustomerLook = z.object({
  tenant_id: CallerToken,
  conversation_id: ConversationId,
  reply_to: z.string(),
});
export type CustomerLook = z.infer<typeof CustomerLook>;

/** One gateway's answer. */
export const CustomerSeen = z.object({ is_here: z.boolean() });
export type CustomerSeen = z.infer<typeof CustomerSeen>;

/** Shown to a waiting customer as the queue moves; never stored. */
export const QueuePositionNews = WaitEstimate.extend({
  type: z.literal('queue.position'),
  handover_id: z.string(),
});
export type QueuePositionNews = z.infer<typeof QueuePositionNews>;
