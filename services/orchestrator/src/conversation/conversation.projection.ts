import type {
  ConversationEvent,
  HandoverReason,
  MessageRole,
  RecordedEvent,
  TurnStatus,
} from '@baton/contracts';
import { stamped } from '@baton/event-store';

import { evolve, initialState } from './conversation.evolve.js';
import { type Conversation, isLive, isWithHuman, type OpenTurn } from './conversation.state.js';

/** A row of `conversations`: what a list and a look at one conversation show. */
export interface ConversationRow {
  readonly [column: string]: unknown;
  readonly tenant_id: string;
  readonly conversation_id: string;
  readonly state: string;
  readonly version: number;
}

export interface TurnRow {
  readonly [column: string]: unknown;
  readonly tenant_id: string;
  readonly conversation_id: string;
  readonly turn_number: number;
  readonly inputs: readonly { turn_id: string; user_input_hash: string; message_id: string }[];
  readonly status: TurnStatus;
  readonly run_id: string | null;
  readonly attempts: number;
  readonly due_at: string | null;
  readonly received_at: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly agent_response_hash: string | null;
  readonly sink: 'FINISH' | 'HANDOVER' | null;
  readonly reply: { message_id: string; content: string; confidence: number | null } | null;
  readonly handover: { handover_id: string; reason: HandoverReason; queue: string } | null;
}

export interface ConversationRows {
  readonly conversations: Record<string, unknown>[];
  readonly conversation_turns: Record<string, unknown>[];
  readonly messages: Record<string, unknown>[];
  readonly handover_events: Record<string, unknown>[];
}

/**
 * The read models of one conversation, folded from its events: live in the transaction that appends them, and
 * again by `npm run rebuild`, with the same rows either way. Opened events go in; rows hold plain text and are
 * deleted when the conversation is erased.
 */
export class ConversationProjection {
  private readonly turns = new Map<number, TurnRow>();
  private readonly messages: Record<string, unknown>[] = [];
  private readonly handovers: Record<string, unknown>[] = [];
  private last: RecordedEvent | undefined;

  constructor(private state: Conversation = initialState()) {}

  get current(): Conversation {
    return this.state;
  }

  apply(event: RecordedEvent): void {
    const before = this.state;
    const typed = stamped<ConversationEvent>(event);
    this.state = evolve(before, typed);
    this.last = event;
    this.projectTurn(typed, before, event);
    this.projectMessage(typed, event);
    this.projectHandover(typed, event);
  }

  rows(): ConversationRows {
    const row = this.last && conversationRow(this.last, this.state);
    const erased = this.state.status === 'ERASED';
    const turns = [...this.turns.values()];
    return {
      conversations: row ? [row] : [],
      conversation_turns: erased ? turns.map((turn) => ({ ...turn, reply: null })) : turns,
      messages: erased ? [] : this.messages,
      handover_events: this.handovers,
    };
  }

  private projectTurn(event: ConversationEvent, before: Conversation, recorded: RecordedEvent): void {
    const after = this.state;
    if (!isLive(after)) return;
    if (event.type === 'conversation.turn_completed') {
      const open = isLive(before) ? openTurn(before, event.data.turn_number) : undefined;
      if (!open) return;
      this.turns.set(open.turn_number, {
        ...turnRow(recorded, after.conversation_id, open),
        status: event.data.status,
        completed_at: recorded.occurred_at,
        agent_response_hash: event.data.agent_response_hash,
        sink: event.data.sink,
        reply: event.data.reply,
        handover: isWithHuman(after) ? handoverOf(after.handover) : null,
      });
      return;
    }
    if (event.type === 'conversation.handed_over') {
      // The turn that led to it, and those that went to the human with it, ended in the same append.
      for (const turn of this.turns.values()) {
        const endedNow = turn.completed_at === recorded.occurred_at && turn.reply === null;
        if (endedNow || turn.status === 'PAUSED')
          this.turns.set(turn.turn_number, { ...turn, handover: handoverOf(event.data) });
      }
    }
    for (const open of [
      after.collecting,
      after.status === 'AI_PROCESSING' ? after.running : null,
      after.paused?.turn ?? null,
    ]) {
      if (open && openTurn(before, open.turn_number) !== open) {
        this.turns.set(open.turn_number, turnRow(recorded, after.conversation_id, open));
      }
    }
  }

  private projectMessage(event: ConversationEvent, recorded: RecordedEvent): void {
    if (event.type === 'conversation.message_received') {
      this.addMessage(recorded, event.data.message_id, 'user', event.data.content, event.data.turn_number);
    } else if (event.type === 'conversation.human_message_sent') {
      this.addMessage(
        recorded,
        event.data.message_id,
        'human_agent',
        event.data.content,
        event.data.turn_number,
      );
    } else if (event.type === 'conversation.turn_completed' && event.data.reply) {
      const { reply } = event.data;
      this.addMessage(recorded, reply.message_id, 'assistant', reply.content, event.data.turn_number);
    } else if (event.type === 'conversation.notice_sent') {
      this.addMessage(recorded, event.data.message_id, 'system', event.data.content, null);
    }
  }

  private addMessage(
    recorded: RecordedEvent,
    message_id: string,
    role: MessageRole,
    content: string,
    turn_number: number | null,
  ): void {
    this.messages.push({
      tenant_id: recorded.tenant_id,
      conversation_id: recorded.stream_id,
      version: recorded.version,
      message_id,
      role,
      content,
      turn_number,
      owner: recorded.metadata.owner,
      owner_epoch: recorded.metadata.owner_epoch,
      created_at: recorded.occurred_at,
    });
  }

  private projectHandover(event: ConversationEvent, recorded: RecordedEvent): void {
    if (!('handover_id' in event.data)) return;
    this.handovers.push({
      tenant_id: recorded.tenant_id,
      conversation_id: recorded.stream_id,
      version: recorded.version,
      handover_id: event.data.handover_id,
      type: event.type,
      reason: 'reason' in event.data ? event.data.reason : null,
      agent_id: agentOf(event),
      actor: `${recorded.metadata.actor.type}:${recorded.metadata.actor.id}`,
      occurred_at: recorded.occurred_at,
    });
  }
}

const agentOf = (event: ConversationEvent): string | null => {
  if ('agent_id' in event.data) return event.data.agent_id;
  return event.type === 'conversation.transferred' ? event.data.to_agent_id : null;
};

const openTurn = (state: Conversation, turn_number: number): OpenTurn | undefined => {
  if (!isLive(state)) return undefined;
  if (state.collecting?.turn_number === turn_number) return state.collecting;
  if (state.paused?.turn.turn_number === turn_number) return state.paused.turn;
  return state.status === 'AI_PROCESSING' && state.running?.turn_number === turn_number
    ? state.running
    : undefined;
};

const turnRow = (recorded: RecordedEvent, conversation_id: string, turn: OpenTurn): TurnRow => ({
  tenant_id: recorded.tenant_id,
  conversation_id,
  turn_number: turn.turn_number,
  inputs: turn.inputs.map(({ turn_id, user_input_hash, message_id }) => ({
    turn_id,
    user_input_hash,
    message_id,
  })),
  status: turn.status,
  run_id: turn.run_id,
  attempts: turn.attempt,
  due_at: turn.due_at,
  received_at: turn.received_at,
  started_at: turn.started_at,
  completed_at: null,
  agent_response_hash: null,
  sink: null,
  reply: null,
  handover: null,
});

const handoverOf = (handover: {
  handover_id: string;
  reason: HandoverReason;
  queue: string;
}): NonNullable<TurnRow['handover']> => ({
  handover_id: handover.handover_id,
  reason: handover.reason,
  queue: handover.queue,
});

/** What of a state its row shows; also what `GET …/state?version=N` answers from. */
export const conversationRow = (
  recorded: RecordedEvent,
  state: Conversation,
): ConversationRow | undefined => {
  if (state.status === 'NOT_STARTED') return undefined;
  const erased = state.status === 'ERASED';
  const withHuman = isWithHuman(state);
  return {
    tenant_id: recorded.tenant_id,
    conversation_id: state.conversation_id,
    state: erased ? state.last_status : state.status,
    erased,
    is_hil: withHuman,
    hil_reason: withHuman ? state.handover.reason : null,
    owner: state.owner,
    owner_epoch: state.owner_epoch,
    assigned_agent_id: state.status === 'HUMAN_ACTIVE' ? state.agent_id : null,
    handover_context: withHuman ? state.handover.context : null,
    customer: state.customer,
    customer_id: state.customer?.id ?? null,
    workflow_name: state.workflow.name,
    workflow_version: state.workflow.version,
    version: recorded.version,
    turn_count: state.turn_count,
    usage: state.usage,
    created_at: state.created_at,
    updated_at: state.updated_at,
  };
};
