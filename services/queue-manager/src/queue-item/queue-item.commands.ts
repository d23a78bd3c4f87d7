import type { HandoverReason, Priority, RequiredSkills, RoutingPolicy } from '@baton/contracts';

import type { CloseCause, ToldBy } from './queue-item.state.js';

export type WithdrawCause =
  'taken' | 'cancelled' | 'resolved' | 'assigned' | 'agent_unavailable' | 'conversation_moved_on';

export interface Handover {
  readonly handover_id: string;
  readonly conversation_id: string;
  readonly queue: string;
  readonly reason: HandoverReason;
  readonly priority: Priority;
  readonly required_skills: RequiredSkills;
  readonly routing: RoutingPolicy;
  /** Ciphertext; carried, never opened. */
  readonly handover_context: unknown;
  /** Who had this customer before, latest first. */
  readonly known_agent_ids?: string[];
}

export type QueueItemCommand =
  | { readonly type: 'Enqueue'; readonly handover: Handover; readonly asked_at: string }
  | {
      readonly type: 'Offer';
      readonly offer_id: string;
      readonly agent_id: string;
      readonly now: string;
    }
  /** Refused unless the offer is open and in time, or was accepted and nobody was told; the conversation decides next. */
  | { readonly type: 'CheckOffer'; readonly offer_id: string; readonly now: string }
  | {
      readonly type: 'DeclineOffer';
      readonly offer_id: string;
      readonly reason: string | null;
      readonly now: string;
    }
  | { readonly type: 'TimeOutOffer'; readonly offer_id: string }
  | { readonly type: 'WithdrawOffers'; readonly cause: WithdrawCause; readonly agent_id?: string }
  /** The conversation's log says whose it is. */
  | {
      readonly type: 'Assign';
      readonly agent_id: string;
      readonly offer_id: string | null;
      readonly told_by: ToldBy;
    }
  | {
      readonly type: 'Requeue';
      readonly cause: 'released' | 'transferred' | 'silent' | 'gone';
      readonly from_agent_id: string;
      readonly to_agent_id: string | null;
      /** Null: as before. */
      readonly required_skills: RequiredSkills | null;
      /** Ciphertext; absent: as before. */
      readonly handover_context?: unknown;
    }
  /** Time went by: what is due of the policy's steps, other rules and less that is asked for. */
  /** The customer was promised a call; nobody is asked before `until`. */
  | { readonly type: 'Defer'; readonly until: string | null }
  | { readonly type: 'Relax'; readonly now: string }
  | { readonly type: 'WarnSla'; readonly now: string }
  | { readonly type: 'BreachSla'; readonly now: string }
  | { readonly type: 'Close'; readonly cause: CloseCause };
