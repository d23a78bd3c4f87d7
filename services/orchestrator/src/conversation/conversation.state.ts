import type {
  Customer,
  HandoverContext,
  HandoverReason,
  RoutingPolicy,
  TurnStatus,
  Usage,
} from '@baton/contracts';

/** One message of the customer inside a turn. */
export interface TurnInput {
  readonly turn_id: string;
  readonly message_id: string;
  readonly user_input_hash: string;
  readonly content: string;
}

/** A turn that has no terminal event yet. */
export interface OpenTurn {
  readonly turn_number: number;
  readonly inputs: readonly TurnInput[];
  readonly status: Extract<TurnStatus, 'COLLECTING' | 'PROCESSING' | 'PAUSED'>;
  /** When the quiet window closes; null where no AI turn will take it up. */
  readonly due_at: string | null;
  readonly received_at: string;
  readonly started_at: string | null;
  /** Null before it starts, and again between a restart and the attempt that follows it. */
  readonly run_id: string | null;
  /** 0 before it starts; grows with each worker that takes it over: the fencing token. */
  readonly attempt: number;
  /** Set behind its first restart. */
  readonly restart?: {
    readonly count: number;
    /** Since when it gathers messages again. */
    readonly since: string;
    readonly cancelled_run_id: string;
  };
}

export interface Handover {
  readonly handover_id: string;
  readonly reason: HandoverReason;
  readonly queue: string;
  readonly context: HandoverContext;
  /** The workflow's word on waits and silence; absent in what was snapshot before it was kept. */
  readonly routing?: RoutingPolicy;
}

/** How the last hand-over ended: what led to it leads not at once to another. */
export interface HandedBack {
  readonly cause: 'human' | 'customer' | 'nobody_available' | 'callback' | 'decided';
  readonly reason: HandoverReason;
}

/** A turn whose run waits for people. */
export interface PausedTurn {
  readonly turn: OpenTurn & { readonly run_id: string };
  readonly approval_id: string | null;
  readonly consultation_id: string | null;
}

/** What every conversation has, whatever its status. */
export interface ConversationFacts {
  readonly conversation_id: string;
  readonly workflow: { readonly name: string; readonly version: number };
  readonly customer: Customer | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly owner: string;
  readonly owner_epoch: number;
  readonly turn_count: number;
  /** The turn that gathers messages, or that waits behind the running one. */
  readonly collecting: OpenTurn | null;
  /** Customer messages accepted while a human was awaited or active and never answered. */
  readonly unanswered: readonly TurnInput[];
  /** What the human told the AI on the way back; stands until the next human stretch. */
  readonly guidance: string | null;
  /** What happened while a human had it; the AI's context begins behind it. */
  readonly human_summary: string | null;
  /** What the AI was asked when it handed over, until somebody answers. */
  readonly open_question?: readonly TurnInput[];
  /** Until the AI's next turn is over, or somebody is asked for again. */
  readonly handed_back?: HandedBack | null;
  /** A person takes it up later: whoever accepts this hand-over has the conversation. */
  readonly callback?: Handover | null;
  /** The turn whose run waits for people; it goes on when the AI has the conversation again. */
  readonly paused?: PausedTurn | null;
  readonly usage: Usage;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface WithAi extends ConversationFacts {
  readonly status: 'NEW' | 'FINISHED' | 'RESOLVED' | 'BACK_TO_AI';
}
export interface AiProcessing extends ConversationFacts {
  readonly status: 'AI_PROCESSING';
  /** Null only between the turn's end and the handover that it led to, in one append. */
  readonly running: OpenTurn | null;
}
export interface PendingHuman extends ConversationFacts {
  readonly status: 'PENDING_HUMAN';
  readonly handover: Handover;
  /** When the customer asked, or wrote last: how long they have been away is counted from here. */
  readonly customer_seen_at?: string;
  /** The customer was told that this takes a while. */
  readonly is_told?: boolean;
}
export interface HumanActive extends ConversationFacts {
  readonly status: 'HUMAN_ACTIVE';
  readonly handover: Handover;
  readonly agent_id: string;
  /** Since when the customer waits for a word of the agent; null where the agent spoke last. */
  readonly customer_waits_since?: string | null;
}
/** Before its first message. */
export interface NotStarted {
  readonly status: 'NOT_STARTED';
}
/** Its content is gone for good; its shape remains. */
export interface Erased extends ConversationFacts {
  readonly status: 'ERASED';
  /** The state it was in, so that the row keeps its shape. */
  readonly last_status: LiveConversation['status'];
}

export type LiveConversation = WithAi | AiProcessing | PendingHuman | HumanActive;
export type Conversation = NotStarted | LiveConversation | Erased;

/** The owner of a conversation that no human has. */
export const AI_OWNER = 'ai';

export const isLive = (state: Conversation): state is LiveConversation =>
  state.status !== 'NOT_STARTED' && state.status !== 'ERASED';

/** A human has it or is awaited: a customer's message starts no AI turn. */
export const isWithHuman = (state: Conversation): state is PendingHuman | HumanActive =>
  state.status === 'PENDING_HUMAN' || state.status === 'HUMAN_ACTIVE';
