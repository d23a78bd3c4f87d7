import type {
  Actor,
  Customer,
  HandoverContext,
  HandoverReason,
  Priority,
  Repetition,
  RequiredSkills,
  RoutingPolicy,
  Usage,
  WaitEstimate,
} from '@baton/contracts';

/** A handover in full: routed by the workflow's rules before the decider sees it. */
export interface HandoverRequest {
  readonly handover_id: string;
  readonly reason: HandoverReason;
  readonly note: string | null;
  readonly required_skills: RequiredSkills;
  readonly priority: Priority;
  readonly queue: string;
  readonly context: HandoverContext;
  readonly routing: RoutingPolicy;
}

interface At {
  /** The database's time. */
  readonly now: string;
}

export interface ReceiveMessage extends At {
  readonly type: 'ReceiveMessage';
  readonly conversation_id: string;
  readonly message_id: string;
  readonly turn_id: string;
  readonly content: string;
  readonly user_input_hash: string;
  /** What a new conversation runs; `workflow_named` where the caller named it. */
  readonly workflow: { readonly name: string; readonly version: number };
  readonly workflow_named: boolean;
  readonly customer: Customer | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly debounce: { readonly quiet_ms: number; readonly max_wait_ms: number };
  /** In USD; noted where the conversation begins. */
  readonly human_cost_per_hour?: string;
  /** Set where the running turn may begin anew: the workflow says so and nothing with a side effect has begun in its run. */
  readonly restart?: Restart | null;
  /** For what Baton may have to tell the customer in turn. */
  readonly notice_id?: string;
}

export interface Restart {
  /** The run that is cancelled in the same commit. */
  readonly run_id: string;
  readonly usage: Usage;
}

export interface SendHumanMessage extends At {
  readonly type: 'SendHumanMessage';
  readonly actor: Actor;
  readonly message_id: string;
  readonly turn_id: string;
  readonly content: string;
  readonly user_input_hash: string;
}

/** Begins the turn that is due, or the one that was restarted. */
export interface StartTurn extends At {
  readonly type: 'StartTurn';
  readonly run_id: string;
}

/** A worker takes over a turn whose own worker was lost. */
export interface RetakeTurn extends At {
  readonly type: 'RetakeTurn';
  readonly turn_number: number;
  readonly attempt: number;
}

export type TurnResult =
  | {
      readonly kind: 'FINISH';
      readonly reply: {
        readonly message_id: string;
        readonly content: string;
        readonly confidence: number | null;
      };
      readonly agent_response_hash: string;
    }
  | { readonly kind: 'HANDOVER'; readonly failed: boolean; readonly handover: HandoverRequest }
  /** Its run waits for people: for a decision, or until somebody has talked with the agent. */
  | {
      readonly kind: 'PAUSED';
      readonly approval_id: string | null;
      readonly consultation_id: string | null;
      readonly handover: HandoverRequest;
      /** For what the customer is told. */
      readonly notice_id: string;
    }
  /** A person dropped what the AI wrote: the turn is over, and nothing goes out. */
  | { readonly kind: 'DROPPED' }
  | { readonly kind: 'CANCELLED' };

export interface CompleteTurn extends At {
  readonly type: 'CompleteTurn';
  readonly turn_number: number;
  readonly attempt: number;
  readonly result: TurnResult;
  readonly usage: Usage;
  readonly repetition?: Repetition;
  readonly repetition_check?: 'exact_only';
}

/** What its run waited for is over: it goes on where the AI has the conversation, else when it has it again. */
export interface ResumeTurn extends At {
  readonly type: 'ResumeTurn';
  readonly run_id: string;
}

/** The action was edited: the run waits for another approval now. */
export interface RepauseTurn extends At {
  readonly type: 'RepauseTurn';
  readonly run_id: string;
  readonly approval_id: string;
}

/** Its paused run was cancelled. */
export interface CancelPausedTurn extends At {
  readonly type: 'CancelPausedTurn';
  readonly run_id: string;
  readonly usage: Usage;
}

export interface RequestHandover extends At {
  readonly type: 'RequestHandover';
  readonly handover: HandoverRequest;
}

export interface CancelHandover extends At {
  readonly type: 'CancelHandover';
}

/** The queue found nobody to ask now: what becomes of the wait, and what the customer is told. */
export interface TellWait extends At {
  readonly type: 'TellWait';
  readonly handover_id: string;
  readonly notice_id: string;
  /** Somebody who may be asked is there. */
  readonly anyone_there: boolean;
  /** Somebody is being asked. */
  readonly is_asked: boolean;
  readonly estimate: WaitEstimate | null;
  readonly hours: HoursNow;
}

/** The workflow's opening hours at this moment. */
export interface HoursNow {
  readonly is_open: boolean;
  /** When people are there again; null where that is now, or never. */
  readonly opens_at: string | null;
  readonly timezone: string;
}

export interface AcceptHandover extends At {
  readonly type: 'AcceptHandover';
  readonly handover_id: string;
  readonly offer_id: string;
  readonly agent_id: string;
  /** What whoever calls back is given; undefined: what was there when it was promised. */
  readonly context?: HandoverContext | undefined;
}

/** Time says it: the agent was silent too long, or is gone. */
export interface TakeFromAgent extends At {
  readonly type: 'TakeFromAgent';
  readonly handover_id: string;
  readonly agent_id: string;
  readonly cause: 'silent' | 'gone';
  readonly context?: HandoverContext | undefined;
}

export interface Assign extends At {
  readonly type: 'Assign';
  readonly agent_id: string;
  /** Used where the conversation was not pending. */
  readonly handover: HandoverRequest;
}

export interface Release extends At {
  readonly type: 'Release';
  readonly actor: Actor;
  readonly note: string | null;
  /** What the next person is given; undefined: what the first one was. */
  readonly context?: HandoverContext | undefined;
}

export interface Transfer extends At {
  readonly type: 'Transfer';
  readonly actor: Actor;
  readonly to_agent_id: string | null;
  readonly required_skills: RequiredSkills | null;
  readonly note: string;
  readonly context?: HandoverContext | undefined;
}

export interface Resolve extends At {
  readonly type: 'Resolve';
  readonly actor: Actor;
  readonly outcome: 'RESOLVED' | 'BACK_TO_AI';
  readonly resolution: string | null;
  readonly guidance: string | null;
  readonly human_summary: string | null;
  readonly continue: boolean;
  /** What a paused run has cost that ends with it. */
  readonly paused_usage?: Usage | undefined;
}

/** The customer left while waiting. */
export interface Abandon extends At {
  readonly type: 'Abandon';
  readonly handover_id: string;
  readonly notice_id: string;
}

export interface Whisper extends At {
  readonly type: 'Whisper';
  readonly actor: Actor;
  readonly message_id: string;
  readonly message: string;
}

export interface RecordFeedback extends At {
  readonly type: 'RecordFeedback';
  readonly rating: number;
  readonly comment: string | null;
}

export interface Erase extends At {
  readonly type: 'Erase';
}

export type ConversationCommand =
  | ReceiveMessage
  | SendHumanMessage
  | StartTurn
  | RetakeTurn
  | CompleteTurn
  | ResumeTurn
  | RepauseTurn
  | CancelPausedTurn
  | RequestHandover
  | CancelHandover
  | TellWait
  | AcceptHandover
  | TakeFromAgent
  | Assign
  | Release
  | Transfer
  | Resolve
  | Abandon
  | Whisper
  | RecordFeedback
  | Erase;
