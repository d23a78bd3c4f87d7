import type { AgentProfile, PresenceStatus } from '@baton/contracts';

export type SlotFreedCause =
  'declined' | 'timed_out' | 'withdrawn' | 'released' | 'transferred' | 'closed' | 'wrapped_up';

export type HumanAgentCommand =
  | { readonly type: 'RegisterAgent'; readonly agent_id: string; readonly profile: AgentProfile }
  | { readonly type: 'UpdateAgent'; readonly changes: ProfileChanges }
  | { readonly type: 'SetPresence'; readonly status: PresenceStatus }
  /** A slot for an offer: refused without free capacity or presence. */
  | { readonly type: 'ReserveSlot'; readonly handover_id: string; readonly weight?: number }
  /** The conversation is this agent's: what the conversation's log says is not refused here. */
  | { readonly type: 'TakeSlot'; readonly handover_id: string; readonly weight?: number }
  | { readonly type: 'FreeSlot'; readonly handover_id: string; readonly cause: SlotFreedCause }
  /** An offer ran out unanswered; `limit` in a row and the agent is away. */
  | { readonly type: 'MissOffer'; readonly handover_id: string; readonly limit: number }
  | { readonly type: 'StartWrapUp'; readonly handover_id: string; readonly conversation_id: string }
  | { readonly type: 'EndWrapUp'; readonly handover_id: string };

export type ProfileChanges = { readonly [K in keyof AgentProfile]?: AgentProfile[K] | undefined };
