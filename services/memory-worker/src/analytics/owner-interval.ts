import { elapsedMs } from './elapsed.js';

/**
 * A stretch in which a conversation was one owner's: the AI's, the queue's, a human's, or (`pause`) the AI's that
 * waits for a decision.
 */
export interface OwnerInterval {
  /** From 1, in the conversation's order. */
  readonly seq: number;
  readonly owner: 'ai' | 'queue' | 'human' | 'pause';
  /** Who had it; of a wait, who ended it by taking the conversation. */
  readonly agent_id: string | null;
  /** Of the handover that it belongs to, sorted; of the AI's, none. */
  readonly reason: string | null;
  readonly skills: readonly string[];
  readonly started_at: string;
  readonly ended_at: string | null;
  /** The event that ended it, without its `conversation.`; `taken` of a wait that a supervisor cut to nothing. */
  readonly ended_by: string | null;
  /** Of the AI: how long it worked so far. Of others: from the start to the end, 0 until then. */
  readonly ms: number;
}

export type IntervalStart = Pick<OwnerInterval, 'owner' | 'agent_id' | 'reason' | 'skills'>;

export const AI_OWNS: IntervalStart = { owner: 'ai', agent_id: null, reason: null, skills: [] };

export const ended = (
  interval: OwnerInterval,
  at: string,
  by: string,
  agentId: string | null = interval.agent_id,
): OwnerInterval => ({
  ...interval,
  agent_id: agentId,
  ended_at: at,
  ended_by: by,
  ms: interval.owner === 'ai' ? interval.ms : elapsedMs(interval.started_at, at),
});
