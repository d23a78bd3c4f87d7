import type { ConversationEvent, RecordedEvent } from '@baton/contracts';

import { type ConversationStats, emptyStats } from './conversation-stats.js';
import { elapsedMs } from './elapsed.js';
import { AI_OWNS, ended, type IntervalStart, type OwnerInterval } from './owner-interval.js';
import { takenUpAgain } from './settling.js';

/** An event as the log gives it; personal fields stay sealed, they are not looked at. */
export type StatsEvent = Pick<RecordedEvent, 'type' | 'data' | 'version' | 'occurred_at' | 'metadata'>;

/** A conversation after an event, and the owner intervals that the event ended. */
export interface Folded {
  readonly stats: ConversationStats;
  readonly ended: readonly OwnerInterval[];
}

/** Who decides something is not a conversation that a human took over. */
export const PAUSES: ReadonlySet<string> = new Set(['approval', 'consultation']);

/** The conversation's numbers after one more event; total: what it does not know only moves the version. */
export const evolveStats = (
  stats: ConversationStats | undefined,
  conversationId: string,
  event: StatsEvent,
): Folded => {
  const before = stats ?? emptyStats(conversationId, event.occurred_at);
  const fold = new Fold(before, event.occurred_at, event.type.replace('conversation.', ''));
  apply(fold, event as StatsEvent & ConversationEvent);
  return {
    stats: { ...fold.stats, version: event.version, last_event_at: event.occurred_at },
    ended: fold.ended,
  };
};

/** One event's way through the numbers. */
class Fold {
  readonly ended: OwnerInterval[] = [];

  constructor(
    public stats: ConversationStats,
    readonly at: string,
    private readonly by: string,
  ) {}

  set(change: Partial<ConversationStats>): void {
    this.stats = { ...this.stats, ...change };
  }

  /** The AI works: its clock runs, on from a lost attempt where there was one. */
  aiStarted(): void {
    if (this.stats.owner_interval === null) this.owns(AI_OWNS);
    this.set({ ai_since: this.stats.ai_since ?? this.at });
  }

  aiStopped(): void {
    const { ai_since, ai_ms, owner_interval } = this.stats;
    if (ai_since === null) return;
    const ms = elapsedMs(ai_since, this.at);
    this.set({ ai_since: null, ai_ms: ai_ms + ms });
    if (owner_interval?.owner === 'ai')
      this.set({ owner_interval: { ...owner_interval, ms: owner_interval.ms + ms } });
  }

  /** Whoever had or awaited it does so no more; the clocks of both stop. */
  endOwner(by = this.by, agentId?: string): void {
    // The AI may work on across a change of owners: each stretch has its part of it.
    if (this.stats.ai_since !== null) {
      this.aiStopped();
      this.set({ ai_since: this.at });
    }
    const { owner_interval, human_since, human_ms, waiting_since, queue_ms } = this.stats;
    if (owner_interval)
      this.ended.push(ended(owner_interval, this.at, by, agentId ?? owner_interval.agent_id));
    this.set({
      owner_interval: null,
      human_since: null,
      human_ms: human_ms + (human_since === null ? 0 : elapsedMs(human_since, this.at)),
      waiting_since: null,
      queue_ms: queue_ms + (waiting_since === null ? 0 : elapsedMs(waiting_since, this.at)),
    });
  }

  owns(start: IntervalStart): void {
    if (this.stats.owner_interval) this.endOwner();
    const seq = this.stats.intervals + 1;
    this.set({
      intervals: seq,
      owner_interval: { ...start, seq, started_at: this.at, ended_at: null, ended_by: null, ms: 0 },
    });
  }

  takenUpAgain(byCustomer: boolean): void {
    this.set(takenUpAgain(this.stats, this.at, byCustomer));
  }

  settled(): void {
    this.set({ settled_at: this.at, was_settled: true });
  }

  answered(): void {
    const { first_response_ms, first_message_at } = this.stats;
    if (first_response_ms === null && first_message_at !== null)
      this.set({ first_response_ms: elapsedMs(first_message_at, this.at) });
  }
}

const apply = (fold: Fold, event: StatsEvent & ConversationEvent): void => {
  switch (event.type) {
    case 'conversation.started':
      return started(fold, event.data);
    case 'conversation.message_received':
      fold.takenUpAgain(true);
      if (fold.stats.owner_interval === null) fold.owns(AI_OWNS);
      return fold.set({
        customer_messages: fold.stats.customer_messages + 1,
        first_message_at: fold.stats.first_message_at ?? fold.at,
      });
    case 'conversation.turn_started':
    case 'conversation.turn_attempt_started':
      // A lost attempt's time counts too: the customer waited for the AI through it.
      fold.takenUpAgain(true);
      fold.aiStarted();
      return fold.set({ state: 'AI_PROCESSING' });
    case 'conversation.turn_paused':
      fold.aiStopped();
      return paused(fold, event.data.approval_id === null ? 'consultation' : 'approval', []);
    case 'conversation.turn_resumed':
      if (fold.stats.owner_interval?.owner === 'pause') {
        fold.endOwner();
        fold.owns(AI_OWNS);
      }
      fold.aiStarted();
      return fold.set({ state: 'AI_PROCESSING' });
    case 'conversation.turn_completed':
      return turnCompleted(fold, event.data);
    case 'conversation.handed_over':
      return handedOver(fold, event.data);
    case 'conversation.assigned':
      return assigned(fold, event.data);
    case 'conversation.human_message_sent':
      fold.answered();
      return fold.set({ human_messages: fold.stats.human_messages + 1 });
    case 'conversation.released':
      return waitsAgain(fold, fold.stats.owner_interval?.skills ?? []);
    case 'conversation.transferred':
      return waitsAgain(fold, skillNames(event.data.required_skills));
    case 'conversation.resolved':
      return resolved(fold, event.metadata.actor.type !== 'system');
    case 'conversation.returned_to_ai':
    case 'conversation.handover_cancelled':
      fold.endOwner();
      fold.owns(AI_OWNS);
      return fold.set({ state: 'BACK_TO_AI' });
    case 'conversation.feedback_recorded':
      return rated(fold, event.data.rating);
    case 'conversation.erased':
      fold.aiStopped();
      fold.endOwner();
      return fold.set({ erased: true });
    case 'conversation.turn_restarted':
    case 'conversation.whispered':
    case 'conversation.notice_sent':
    case 'conversation.callback_cancelled':
      return;
    default:
      ignored(event);
  }
};

type DataOf<Type extends ConversationEvent['type']> = Extract<ConversationEvent, { type: Type }>['data'];

const started = (fold: Fold, data: DataOf<'conversation.started'>): void => {
  fold.owns(AI_OWNS);
  fold.set({
    workflow_name: data.workflow.name,
    workflow_version: data.workflow.version,
    channel: data.channel ?? null,
    human_cost_per_hour: data.human_cost_per_hour ?? null,
  });
};

/** A message to a human, or while one is awaited, is a turn without a run: the AI's clock has no part in it. */
const turnCompleted = (fold: Fold, turn: DataOf<'conversation.turn_completed'>): void => {
  fold.set({ turns: fold.stats.turns + 1 });
  if (turn.run_id === null) return;
  fold.aiStopped();
  if (fold.stats.state === 'AI_PROCESSING') {
    fold.set({ state: 'FINISHED' });
    if (turn.sink === 'FINISH') fold.settled();
  }
  if (turn.reply === null) return;
  fold.answered();
  fold.set({ ai_messages: fold.stats.ai_messages + 1 });
};

const handedOver = (fold: Fold, data: DataOf<'conversation.handed_over'>): void => {
  const { reason } = data;
  const skills = skillNames(data.required_skills);
  fold.takenUpAgain(false);
  fold.aiStopped();
  if (PAUSES.has(reason)) {
    paused(fold, reason, skills);
    return fold.set({ state: 'PENDING_HUMAN' });
  }
  fold.endOwner();
  fold.owns({ owner: 'queue', agent_id: null, reason, skills });
  fold.set({
    state: 'PENDING_HUMAN',
    waiting_since: fold.at,
    handovers: fold.stats.handovers + 1,
    handover_reasons: plusOne(fold.stats.handover_reasons, reason),
    skills: union(fold.stats.skills, skills),
  });
};

/** Said by the turn, and by the handover that asks people for the decision: one pause. */
const paused = (fold: Fold, reason: string, skills: readonly string[]): void => {
  if (fold.stats.owner_interval?.owner === 'pause') return;
  fold.endOwner();
  fold.owns({ owner: 'pause', agent_id: null, reason, skills });
  fold.set({ pauses: plusOne(fold.stats.pauses, reason) });
};

const assigned = (fold: Fold, { agent_id, offer_id }: DataOf<'conversation.assigned'>): void => {
  const { owner_interval: before, waiting_since, queue_wait_ms, assignments } = fold.stats;
  const isPause = before?.owner === 'pause';
  const waitedMs = waiting_since === null ? null : elapsedMs(waiting_since, fold.at);
  // A supervisor who takes a conversation hands it over and assigns it in one append: nobody waited.
  const waited = waitedMs !== null && (offer_id !== null || waitedMs > 0);
  fold.takenUpAgain(false);
  fold.aiStopped();
  fold.endOwner(waited ? undefined : 'taken', before?.owner === 'queue' ? agent_id : undefined);
  fold.owns({ owner: 'human', agent_id, reason: before?.reason ?? null, skills: before?.skills ?? [] });
  fold.set({
    state: 'HUMAN_ACTIVE',
    // Who looks at what is to be decided does not take the conversation from the AI.
    assignments: assignments + (isPause ? 0 : 1),
    last_agent_id: agent_id,
    human_since: fold.at,
    queue_wait_ms: waited ? [...queue_wait_ms, waitedMs] : queue_wait_ms,
  });
};

const waitsAgain = (fold: Fold, skills: readonly string[]): void => {
  const { owner_interval: before } = fold.stats;
  fold.endOwner();
  fold.owns({ owner: 'queue', agent_id: null, reason: before?.reason ?? null, skills });
  fold.set({ state: 'PENDING_HUMAN', waiting_since: fold.at, skills: union(fold.stats.skills, skills) });
};

/** By nobody: the customer had gone. */
const resolved = (fold: Fold, bySomebody: boolean): void => {
  fold.aiStopped();
  fold.endOwner();
  fold.set({ state: 'RESOLVED', resolved: bySomebody, abandoned: !bySomebody });
  if (bySomebody) fold.settled();
};

const rated = (fold: Fold, csat_rating: number): void => {
  const { assignments, last_agent_id } = fold.stats;
  fold.set({
    csat_rating,
    csat_handled_by: assignments > 0 ? 'human' : 'ai',
    csat_agent_id: assignments > 0 ? last_agent_id : null,
  });
};

const plusOne = (
  counts: Readonly<Record<string, number>>,
  key: string,
): Readonly<Record<string, number>> => ({
  ...counts,
  [key]: (counts[key] ?? 0) + 1,
});

const skillNames = (required: Readonly<Record<string, number>>): readonly string[] =>
  Object.keys(required).sort();

const union = (known: readonly string[], more: readonly string[]): readonly string[] =>
  [...new Set([...known, ...more])].sort();

/** An event of a newer writer; the type check says that none of ours is left out. */
const ignored = (_event: never): void => undefined;
